import { encode, type ImageData as PngImage } from 'fast-png';
import { checkCount, checkOptions, checkTensor } from '../tensor/checks.ts';
import { show, type Tensor } from '../tensor/tensor.ts';

/** An RGB picture: three bytes a pixel, row by row from the top. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export type Colour = readonly [red: number, green: number, blue: number];

export interface GridOptions {
  readonly columns: number;
  /** How many pixels wide and high one pixel of an image becomes. */
  readonly scale?: number;
  /** The width of the lines between the images, in pixels. */
  readonly gap?: number;
}

/** The images [N, 1, H, W], numbers from −1 to 1, side by side in grey: −1 is black and 1 white. Throws for another shape. */
export function imageGrid(images: Tensor, options: GridOptions): Picture {
  return grid(checkTensor('imageGrid', 'images', images), options, (value) => {
    const grey = Math.round((Math.min(Math.max(value, -1), 1) + 1) * 127.5);
    return [grey, grey, grey];
  });
}

/**
 * Signed numbers [N, 1, H, W] as heat maps side by side: red above zero, blue below, white at zero. Each map is
 * scaled by its own largest magnitude, so that a weak gradient can be seen beside a strong one.
 */
export function heatMapGrid(values: Tensor, options: GridOptions): Picture {
  values = checkTensor('heatMapGrid', 'values', values);
  const size = values.data.length / Math.max(values.shape[0], 1);
  const largest = Array.from({ length: values.shape[0] }, (_, n) =>
    Math.max(...Array.from(values.data.subarray(n * size, (n + 1) * size), Math.abs)),
  );
  return grid(values, options, (value, n) => heat(largest[n] === 0 ? 0 : value / largest[n]));
}

/** Two pictures of the same height beside each other. */
export function sideBySide(left: Picture, right: Picture, gap = 12): Picture {
  const height = Math.max(left.height, right.height);
  const picture = blank(left.width + gap + right.width, height, WHITE);
  paste(picture, left, 0);
  paste(picture, right, left.width + gap);
  return picture;
}

/** The picture as the bytes of a PNG file. */
export function toPng(picture: Picture): Uint8Array {
  const image: PngImage = { ...picture, channels: 3, depth: 8 };
  return encode(image);
}

const WHITE: Colour = [255, 255, 255];
const LINE: Colour = [128, 128, 128];
const RED: Colour = [178, 24, 43];
const BLUE: Colour = [33, 102, 172];

/** The colour of a number from −1 to 1. */
function heat(value: number): Colour {
  const end = value < 0 ? BLUE : RED;
  const share = Math.min(Math.abs(value), 1);
  return [0, 1, 2].map((part) => Math.round(WHITE[part] + share * (end[part] - WHITE[part]))) as unknown as Colour;
}

function grid(images: Tensor, options: GridOptions, colour: (value: number, n: number) => Colour): Picture {
  checkOptions('grid', options, ['columns', 'scale', 'gap']);
  const { columns, scale = 2, gap = 2 } = options;
  checkCount('grid', 'columns', columns);
  checkCount('grid', 'scale', scale);
  checkCount('grid', 'gap', gap, 0);
  if (images.shape.length !== 4 || images.shape[1] !== 1) {
    throw new RangeError(`a grid shows images [N, 1, H, W], but these are ${show(images.shape)}`);
  }
  const [N, , H, W] = images.shape;
  const rows = Math.ceil(N / columns);
  const picture = blank(columns * (W * scale + gap) + gap, rows * (H * scale + gap) + gap, LINE);
  for (let n = 0; n < N; n++) {
    const top = gap + Math.floor(n / columns) * (H * scale + gap);
    const left = gap + (n % columns) * (W * scale + gap);
    for (let y = 0; y < H * scale; y++) {
      for (let x = 0; x < W * scale; x++) {
        const value = images.data[(n * H + Math.floor(y / scale)) * W + Math.floor(x / scale)];
        picture.data.set(colour(value, n), ((top + y) * picture.width + left + x) * 3);
      }
    }
  }
  return picture;
}

function blank(width: number, height: number, colour: Colour): Picture {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) data[i] = colour[i % 3];
  return { width, height, data };
}

function paste(onto: Picture, picture: Picture, left: number): void {
  for (let y = 0; y < picture.height; y++) {
    const row = picture.data.subarray(y * picture.width * 3, (y + 1) * picture.width * 3);
    onto.data.set(row, (y * onto.width + left) * 3);
  }
}
