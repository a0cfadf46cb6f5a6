import { checkCount, checkRandom, checkTensor } from '../tensor/checks.ts';
import type { Random } from '../tensor/random.ts';
import { dtypeOf, full, show, type Tensor } from '../tensor/tensor.ts';

/** What lies outside an image: paper. */
const PAPER = -1;

/**
 * Each image [N, C, H, W] moved by its own random number of pixels, up to `most` of them up or down and left or
 * right: other images of the same digits, for a network to learn that a digit's place says nothing.
 */
export function randomShifts(images: Tensor, most: number, random: Random): Tensor {
  images = checkTensor('randomShifts', 'images', images);
  checkCount('randomShifts', 'most', most, 0);
  checkRandom('randomShifts', random);
  if (images.shape.length !== 4) {
    throw new RangeError(`randomShifts: images must be [N, C, H, W], but they are ${show(images.shape)}`);
  }
  const [N, C, H, W] = images.shape;
  const out = full(images.shape, PAPER, dtypeOf(images));
  const draw = () => Math.floor(random.next() * (2 * most + 1)) - most;
  for (let n = 0; n < N; n++) {
    const [down, right] = [draw(), draw()];
    for (let c = 0; c < C; c++) {
      for (let h = Math.max(0, -down); h < Math.min(H, H - down); h++) {
        // out[n, c, h + down, w + right] = images[n, c, h, w], where both are inside
        const from = ((n * C + c) * H + h) * W;
        const to = from + down * W;
        const row = images.data.subarray(from + Math.max(0, -right), from + Math.max(0, Math.min(W, W - right)));
        out.data.set(row, to + Math.max(0, right));
      }
    }
  }
  return out;
}
