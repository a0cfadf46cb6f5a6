import { createRequire } from 'node:module';
import type { Picture } from './picture.ts';

// CommonJS that calls itself an ES module: what `import` makes of that depends on who runs it.
const gifenc: typeof import('gifenc') = createRequire(import.meta.url)('gifenc');

/**
 * The pictures one after the other as the bytes of an animated GIF that starts over, the last one held for longer.
 *
 * Throws where there is none, or where they differ in size.
 */
export function toGif(pictures: readonly Picture[], { milliseconds = 400 } = {}): Uint8Array {
  if (pictures.length === 0) throw new RangeError('toGif: a film needs at least one picture');
  const [{ width, height }] = pictures;
  const gif = gifenc.GIFEncoder();
  for (const [index, picture] of pictures.entries()) {
    if (picture.width !== width || picture.height !== height) {
      throw new RangeError(
        `toGif: the pictures of a film must be of one size, but the first is ${width} × ${height} and ` +
          `number ${index + 1} is ${picture.width} × ${picture.height}`,
      );
    }
    const rgba = withAlpha(picture);
    // A GIF has 256 colours at most: those that stand best for the picture's.
    const palette = gifenc.quantize(rgba, 256);
    const delay = index === pictures.length - 1 ? 5 * milliseconds : milliseconds;
    gif.writeFrame(gifenc.applyPalette(rgba, palette), width, height, { palette, delay, repeat: 0 });
  }
  gif.finish();
  return gif.bytes();
}

function withAlpha({ data }: Picture): Uint8Array {
  const rgba = new Uint8Array((data.length / 3) * 4).fill(255);
  for (let pixel = 0; pixel < data.length / 3; pixel++) rgba.set(data.subarray(pixel * 3, pixel * 3 + 3), pixel * 4);
  return rgba;
}
