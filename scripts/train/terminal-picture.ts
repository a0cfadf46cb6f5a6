import { toHalfBlocks } from '../../src/pictures/half-blocks.ts';
import { imageGrid } from '../../src/pictures/picture.ts';
import { fromData, type Tensor, zeros } from '../../src/tensor/tensor.ts';
import { terminalColours } from '../terminal-colours.ts';

/**
 * The first of the images [N, 1, H, W] as lines of text, two rows of as many as fit: whole where eight of them fit
 * into a row, else at half their size. No lines for a terminal that shows too few colours.
 */
export function terminalPicture(images: Tensor, { columns = 80 }: { readonly columns?: number }): readonly string[] {
  const colours = terminalColours();
  if (!colours) return [];
  const room = (t: Tensor) => Math.floor((columns - 1) / (t.shape[3] + 1));
  const shown = room(images) >= 8 ? images : halved(images);
  const inRow = Math.min(room(shown), 8);
  if (inRow < 1) return [];
  const count = Math.min(2 * inRow, shown.shape[0]);
  const [, , H, W] = shown.shape;
  const first = fromData(shown.data.subarray(0, count * H * W), [count, 1, H, W]);
  return toHalfBlocks(imageGrid(first, { columns: inRow, scale: 1, gap: 1 }), colours);
}

/** Half as wide and high: each pixel is the mean of four. */
function halved(images: Tensor): Tensor {
  const [N, C, H, W] = images.shape;
  const out = zeros([N, C, Math.floor(H / 2), Math.floor(W / 2)]);
  const [h, w] = [out.shape[2], out.shape[3]];
  for (let n = 0; n < N * C; n++) {
    for (let i = 0; i < h; i++) {
      for (let j = 0; j < w; j++) {
        const at = (n * H + 2 * i) * W + 2 * j;
        const four = images.data[at] + images.data[at + 1] + images.data[at + W] + images.data[at + W + 1];
        out.data[(n * h + i) * w + j] = four / 4;
      }
    }
  }
  return out;
}
