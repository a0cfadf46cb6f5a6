import { describe, expect, it } from 'vitest';
import { BatchNorm1d, InstanceNorm2d, LayerNorm, Linear, tensor, toNested, zeros } from '../../src/index.ts';

// 2²⁴ + 1 is not a float32: summed in float32 from the left, this column comes to 0, and its true sum is 2.
const big = 2 ** 24;
const column = [[big], [1], [1], [-big]];

describe('layers of float32 sum in double precision', () => {
  it('Linear: db', () => {
    const layer = new Linear({ inFeatures: 1, outFeatures: 1 });
    layer.forward(zeros([4, 1]));
    layer.backward(tensor(column));
    expect(layer.bias && toNested(layer.bias.gradient)).toEqual([2]);
  });

  it('BatchNorm: the mean', () => {
    const layer = new BatchNorm1d({ numFeatures: 1, momentum: 1 });
    layer.forward(tensor(column));
    expect(toNested(layer.runningMean)).toEqual([0.5]);
  });

  it('BatchNorm: dγ and dβ', () => {
    const layer = new BatchNorm1d({ numFeatures: 1, eps: 0 });
    // With running mean 0 and variance 1, x̂ = x, and dγ = 2²⁴ + 1 + 1 − 2²⁴.
    layer.training = false;
    layer.forward(tensor([[4096], [1], [1], [-4096]]));
    layer.backward(tensor([[4096], [1], [1], [4096]]));
    expect(toNested(layer.weight.gradient)).toEqual([2]);

    layer.bias.gradient.data.fill(0);
    layer.forward(zeros([4, 1]));
    layer.backward(tensor(column));
    expect(toNested(layer.bias.gradient)).toEqual([2]);
  });

  it('LayerNorm: dβ', () => {
    const layer = new LayerNorm({ normalizedShape: 1 });
    layer.forward(zeros([4, 1]));
    layer.backward(tensor(column));
    expect(layer.bias && toNested(layer.bias.gradient)).toEqual([2]);
  });

  it('a small spread far from 0 is standardised', () => {
    // Mean 2²⁴ + 2 and variance (4 + 0 + 0 + 4) / 4 = 2.
    const x = [big, big + 2, big + 2, big + 4];
    const xHat = [-Math.SQRT2, 0, 0, Math.SQRT2].map(Math.fround);
    const asColumn = (row: number[]) => row.map((value) => [value]);
    expect(toNested(new LayerNorm({ normalizedShape: 4, eps: 0 }).forward(tensor([x])))).toEqual([xHat]);
    expect(toNested(new InstanceNorm2d({ numFeatures: 1, eps: 0 }).forward(tensor([[[x]]])))).toEqual([[[xHat]]]);
    expect(toNested(new BatchNorm1d({ numFeatures: 1, eps: 0 }).forward(tensor(asColumn(x))))).toEqual(asColumn(xHat));
  });
});
