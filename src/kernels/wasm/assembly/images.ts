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

/** What the next call is about: x [N, C, H, W], weight [O, C, kH, kW], out [N, O, outH, outW]. */
export function setGeometry(
  n: i32,
  c: i32,
  h: i32,
  w: i32,
  o: i32,
  kernelH: i32,
  kernelW: i32,
  outputH: i32,
  outputW: i32,
  stride0: i32,
  stride1: i32,
  padding0: i32,
  padding1: i32,
  dilation0: i32,
  dilation1: i32,
): void {
  N = n;
  C = c;
  H = h;
  W = w;
  O = o;
  kH = kernelH;
  kW = kernelW;
  outH = outputH;
  outW = outputW;
  strideH = stride0;
  strideW = stride1;
  paddingH = padding0;
  paddingW = padding1;
  dilationH = dilation0;
  dilationW = dilation1;
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
