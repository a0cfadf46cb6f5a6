// What a convolution is about, and its images with their padding around them: there no tap lies outside, and
// what lies under a tap is a fixed distance from where the kernel stands.

export let N = 0;
export let C = 0;
export let H = 0;
export let W = 0;
export let O = 0;
export let kH = 0;
export let kW = 0;
export let outH = 0;
export let outW = 0;
export let strideH = 0;
export let strideW = 0;
export let paddingH = 0;
export let paddingW = 0;
export let dilationH = 0;
export let dilationW = 0;

/** The padded image: as far as the kernel reaches, and the whole image in any case. */
export let paddedH = 0;
export let paddedW = 0;

/** The sizes above in their order, but for the last two, which follow from them: i32[15], where all threads see them. */
const sizes = memory.data(60, 4);

/** What the next call is about: x [N, C, H, W], weight [O, C, kH, kW], out [N, O, outH, outW]. */
export function setGeometry(
  N: i32,
  C: i32,
  H: i32,
  W: i32,
  O: i32,
  kH: i32,
  kW: i32,
  outH: i32,
  outW: i32,
  strideH: i32,
  strideW: i32,
  paddingH: i32,
  paddingW: i32,
  dilationH: i32,
  dilationW: i32,
): void {
  store<i32>(sizes, N);
  store<i32>(sizes, C, 4);
  store<i32>(sizes, H, 8);
  store<i32>(sizes, W, 12);
  store<i32>(sizes, O, 16);
  store<i32>(sizes, kH, 20);
  store<i32>(sizes, kW, 24);
  store<i32>(sizes, outH, 28);
  store<i32>(sizes, outW, 32);
  store<i32>(sizes, strideH, 36);
  store<i32>(sizes, strideW, 40);
  store<i32>(sizes, paddingH, 44);
  store<i32>(sizes, paddingW, 48);
  store<i32>(sizes, dilationH, 52);
  store<i32>(sizes, dilationW, 56);
}

/** Every thread begins a call with this. */
export function readGeometry(): void {
  N = load<i32>(sizes);
  C = load<i32>(sizes, 4);
  H = load<i32>(sizes, 8);
  W = load<i32>(sizes, 12);
  O = load<i32>(sizes, 16);
  kH = load<i32>(sizes, 20);
  kW = load<i32>(sizes, 24);
  outH = load<i32>(sizes, 28);
  outW = load<i32>(sizes, 32);
  strideH = load<i32>(sizes, 36);
  strideW = load<i32>(sizes, 40);
  paddingH = load<i32>(sizes, 44);
  paddingW = load<i32>(sizes, 48);
  dilationH = load<i32>(sizes, 52);
  dilationW = load<i32>(sizes, 56);
  paddedH = max(paddingH + H, (outH - 1) * strideH + (kH - 1) * dilationH + 1);
  paddedW = max(paddingW + W, (outW - 1) * strideW + (kW - 1) * dilationW + 1);
}

/** Copies images [count, C, H, W] into the padding, whose zeros stay, or back out of it. */
export function copyImages<T extends number>(images: usize, padded: usize, count: i32, into: bool): void {
  const rowBytes: usize = W * sizeof<T>();
  for (let plane = 0; plane < count * C; plane++) {
    let inside = padded + ((plane * paddedH + paddingH) * paddedW + paddingW) * sizeof<T>();
    for (let h = 0; h < H; h++) {
      if (into) copyRow(images, inside, rowBytes);
      else copyRow(inside, images, rowBytes);
      images += rowBytes;
      inside += paddedW * sizeof<T>();
    }
  }
}

/** memory.copy, which for rows as short as these takes longer to call than to run. */
function copyRow(from: usize, to: usize, bytes: usize): void {
  let i: usize = 0;
  for (; i + 16 <= bytes; i += 16) v128.store(to + i, v128.load(from + i));
  for (; i < bytes; i += 4) store<u32>(to + i, load<u32>(from + i));
}
