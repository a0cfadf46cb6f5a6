import { describe, expect, it } from 'vitest';
import { AvgPool2d, type Layer, MaxPool2d, Random, type Tensor, tensor, Upsample } from '../../src/index.ts';
import '../matchers.ts';

const dtype = 'float64';

/** One image of one channel: image('1 2 / 3 4') has two rows. */
function image(rows: string): Tensor {
  return tensor([[rows.split(' / ').map((row) => row.split(' ').map(Number))]], dtype);
}

/** out for an image, and dX for a dOut. */
function run(layer: Layer, x: string, dOut: string) {
  const out = layer.forward(image(x));
  return { out, dX: layer.backward(image(dOut)) };
}

describe('MaxPool2d by hand', () => {
  it('windows that overlap: what wins in several gets the sum', () => {
    const { out, dX } = run(new MaxPool2d({ kernelSize: 2, stride: 1 }), '1 2 3 / 4 9 6 / 7 8 5', '1 10 / 100 1000');
    expect(out).toBeAllclose(image('9 9 / 9 9'));
    expect(dX).toBeAllclose(image('0 0 0 / 0 1111 0 / 0 0 0'));
  });

  it('windows apart: what lies between gets nothing', () => {
    const { out, dX } = run(new MaxPool2d({ kernelSize: 1, stride: 2 }), '1 2 3 / 4 5 6 / 7 8 9', '1 2 / 3 4');
    expect(out).toBeAllclose(image('1 3 / 7 9'));
    expect(dX).toBeAllclose(image('1 0 2 / 0 0 0 / 3 0 4'));
  });

  it('of equal values the first wins, row by row', () => {
    expect(run(new MaxPool2d({ kernelSize: 2 }), '0 5 / 5 5', '3').dX).toBeAllclose(image('0 3 / 0 0'));
  });

  it('padding never wins, not even over negative numbers', () => {
    const { out, dX } = run(new MaxPool2d({ kernelSize: 2, padding: 1 }), '-1 -2 / -3 -4', '1 2 / 3 4');
    expect(out).toBeAllclose(image('-1 -2 / -3 -4'));
    expect(dX).toBeAllclose(image('1 2 / 3 4'));
  });

  it('dilation: a window of corners', () => {
    const { out, dX } = run(new MaxPool2d({ kernelSize: 2, dilation: 2 }), '8 99 2 / 99 99 99 / 7 99 1', '5');
    expect(out).toBeAllclose(image('8'));
    expect(dX).toBeAllclose(image('5 0 0 / 0 0 0 / 0 0 0'));
  });

  it('a NaN is not lost', () => {
    for (const x of ['NaN 2', '2 NaN']) {
      expect(new MaxPool2d({ kernelSize: [1, 2] }).forward(image(x)).data[0]).toBeNaN();
    }
  });
});

describe('AvgPool2d by hand', () => {
  it('a pixel under several windows gets the sum of its shares', () => {
    const { out, dX } = run(new AvgPool2d({ kernelSize: 2, stride: 1 }), '1 2 3 / 4 5 6 / 7 8 9', '4 8 / 12 16');
    expect(out).toBeAllclose(image('3 4 / 6 7'));
    expect(dX).toBeAllclose(image('1 3 2 / 4 10 6 / 3 7 4'));
  });

  // Each of the four windows sees the pixel and three places of the padding.
  it.each([
    [true, '1.5 1.5 / 1.5 1.5', '10'],
    [false, '6 6 / 6 6', '40'],
  ])('the padding counts or not: %s', (countIncludePad, expectedOut, expectedDX) => {
    const { out, dX } = run(
      new AvgPool2d({ kernelSize: 2, stride: 1, padding: 1, countIncludePad }),
      '6',
      '4 8 / 12 16',
    );
    expect(out).toBeAllclose(image(expectedOut));
    expect(dX).toBeAllclose(image(expectedDX));
  });

  it('each axis has its own padding', () => {
    const pool = new AvgPool2d({ kernelSize: 2, stride: 1, padding: [0, 1] });
    expect(pool.forward(image('1 1 1 / 1 1 1'))).toBeAllclose(image('.5 1 1 .5'));
  });

  it('in ceilMode what sticks out of the padding never counts', () => {
    const pool = new AvgPool2d({ kernelSize: 2, ceilMode: true });
    expect(pool.forward(image('1 2 3 / 4 5 6 / 7 8 9'))).toBeAllclose(image('3 4.5 / 7.5 9'));
  });

  it('in ceilMode a window that would begin behind the image is left out', () => {
    const pool = new AvgPool2d({ kernelSize: 1, stride: 3, ceilMode: true });
    expect(pool.forward(image('1 2 3 / 4 5 6 / 7 8 9'))).toBeAllclose(image('1'));
  });
});

it('stride is kernelSize unless it is given', () => {
  const expected = { kernelSize: [3, 2], stride: [3, 2], padding: [0, 0], dilation: [1, 1], ceilMode: false };
  expect(new MaxPool2d({ kernelSize: [3, 2] }).geometry).toEqual(expected);
  expect(new AvgPool2d({ kernelSize: [3, 2] }).geometry).toEqual(expected);
});

it('Upsample is undone by an average pool of the same size, forward and backward', () => {
  const random = new Random(1);
  const [up, down] = [new Upsample({ scaleFactor: [2, 3] }), new AvgPool2d({ kernelSize: [2, 3] })];
  const [x, dOut] = [random.normal([2, 3, 4, 2], 0, 1, dtype), random.normal([2, 3, 4, 2], 0, 1, dtype)];
  expect(down.forward(up.forward(x))).toBeAllclose(x);
  expect(up.backward(down.backward(dOut))).toBeAllclose(dOut);
});
