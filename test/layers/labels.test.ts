import { describe, expect, it } from 'vitest';
import {
  ConcatLabels,
  Embedding,
  Random,
  Residual,
  Sequential,
  Tanh,
  tensor,
  toNested,
  zeros,
} from '../../src/index.ts';
import '../matchers.ts';
import { stateOf } from './all-layers.ts';

const dtype = 'float64';

/** rows('1 2 / 3 4') is [[1, 2], [3, 4]]. */
const rows = (text: string): number[][] => text.split(' / ').map((row) => row.split(' ').map(Number));

describe('Embedding by hand', () => {
  const table = () => {
    const layer = new Embedding({ numEmbeddings: 3, embeddingDim: 2, dtype });
    layer.weight.value = tensor(rows('1 2 / 3 4 / 5 6'), dtype);
    return layer;
  };

  it('looks rows up, and gives each the sum of what comes back for it', () => {
    const layer = table();
    expect(layer.forward(tensor([2, 0, 2]))).toBeAllclose(rows('5 6 / 1 2 / 5 6'));
    const dX = layer.backward(tensor(rows('1 2 / 3 4 / 10 20'), dtype));
    expect(layer.weight.gradient).toBeAllclose(rows('3 4 / 0 0 / 11 22'));
    expect(toNested(dX)).toEqual([0, 0, 0]);
  });

  it('indices may have any shape: one alone, or a grid', () => {
    expect(table().forward(tensor(1))).toBeAllclose([3, 4]);
    const layer = table();
    expect(layer.forward(tensor(rows('1 / 0'))).shape).toEqual([2, 1, 2]);
    expect(layer.backward(zeros([2, 1, 2], dtype)).shape).toEqual([2, 1]);
  });

  it('an index that is not in the table is an error that leaves what an earlier forward kept', () => {
    const layer = table();
    layer.forward(tensor([0]));
    expect(() => layer.forward(tensor([3]))).toThrow('Embedding: x must hold indices from 0 to 2, but entry 0 is 3');
    layer.backward(tensor([[7, 8]], dtype));
    expect(layer.weight.gradient).toBeAllclose(rows('7 8 / 0 0 / 0 0'));
  });

  it('starts normally distributed', () => {
    const { weight } = new Embedding({ numEmbeddings: 200, embeddingDim: 50, random: new Random(1) });
    const data = [...weight.value.data];
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
    const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
    // Ten thousand numbers: standard deviations of .01 and of .014.
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.abs(variance - 1)).toBeLessThan(0.07);
  });
});

describe('ConcatLabels', () => {
  const conditioned = () => {
    const layer = new ConcatLabels({ numClasses: 2, shape: [2], dtype });
    layer.embedding.weight.value = tensor(rows('1 2 / 3 4'), dtype);
    return layer;
  };

  it('by hand: the label stands behind x, and the gradient is taken apart again', () => {
    const layer = conditioned();
    expect(layer.forward(tensor(rows('7 / 8 / 9'), dtype), tensor([1, 0, 1]))).toBeAllclose(
      rows('7 3 4 / 8 1 2 / 9 3 4'),
    );
    const dOut = tensor(rows('1 2 3 / 4 5 6 / 7 8 9'), dtype);
    expect(layer.backward(dOut)).toBeAllclose(rows('1 / 4 / 7'));
    expect(layer.embedding.weight.gradient).toBeAllclose(rows('5 6 / 10 12'));
    expect(() => layer.backward(dOut)).toThrow(/^ConcatLabels: backward needs a forward of its own/);
  });

  it('an image gets channels', () => {
    const layer = new ConcatLabels({ numClasses: 2, shape: [1, 2, 2], dtype });
    layer.embedding.weight.value = tensor(rows('0 0 0 0 / 1 2 3 4'), dtype);
    const out = layer.forward(zeros([1, 2, 2, 2], dtype), tensor([1]));
    expect(out).toBeAllclose([[rows('0 0 / 0 0'), rows('0 0 / 0 0'), rows('1 2 / 3 4')]]);
  });

  it('what goes wrong leaves all as it was', () => {
    const layer = conditioned();
    const x = tensor(rows('7 / 8'), dtype);
    layer.forward(x, tensor([1, 0]));
    const before = stateOf(layer);
    for (const labels of [undefined, tensor([1]), tensor([0, 2]), tensor(rows('1 / 0'))]) {
      expect(() => layer.forward(x, labels)).toThrow(/labels|indices/);
    }
    expect(() => layer.backward(zeros([2, 1], dtype))).toThrow('ConcatLabels: dOut must be [2, 3]');
    expect(stateOf(layer)).toEqual(before);
    layer.backward(tensor(rows('0 1 2 / 0 3 4'), dtype));
    expect(layer.embedding.weight.gradient).toBeAllclose(rows('3 4 / 1 2'));
  });

  it('gets its labels through networks and residual paths, and has its name there', () => {
    const inner = conditioned();
    const network = new Sequential([new Tanh(), new Sequential([inner])]);
    expect(network.parameters.map(({ name }) => name)).toEqual(['1.0.embedding.weight']);
    expect(network.forward(zeros([1, 1], dtype), tensor([1]))).toBeAllclose([[0, 3, 4]]);
    const seen: unknown[] = [];
    const path = new Tanh();
    const forward = path.forward.bind(path);
    path.forward = (x, ...rest: unknown[]) => {
      seen.push(...rest);
      return forward(x);
    };
    const labels = tensor([0]);
    new Residual(path).forward(zeros([1, 1]), labels);
    expect(seen).toEqual([labels]);
  });

  it('is in the mode of its embedding, which is the layer inside it', () => {
    const layer = conditioned();
    layer.training = false;
    expect(layer.embedding.training).toBe(false);
    layer.embedding.training = true;
    expect(layer.training).toBe(true);
  });
});
