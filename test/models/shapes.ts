import type { Sequential } from '../../src/layers/sequential.ts';
import { Random } from '../../src/tensor/random.ts';
import { show } from '../../src/tensor/tensor.ts';

/** What goes through a network, layer by layer, as shapes of one sample. */
export function shapes({ layers }: Sequential, shape: readonly number[]): string[] {
  let x = new Random(1).normal([2, ...shape]);
  return layers.map((layer) => {
    x = layer.forward(x);
    return `${layer.constructor.name} ${show(x.shape.slice(1))}`;
  });
}
