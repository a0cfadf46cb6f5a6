import type { Layer } from '../layers/layer.ts';
import { firstNotFinite } from '../tensor/checks.ts';
import { show, type Tensor } from '../tensor/tensor.ts';
import { intercept } from '../trace/intercept.ts';
import { namedLayers } from '../trace/named-layers.ts';

/** A number that is not finite came out of a layer. */
export class NotFinite extends RangeError {}

/**
 * From here on every layer of the networks is looked at: the first NaN or infinity that its forward or its backward
 * gives, or adds to a gradient, throws a NotFinite that names the layer and the direction. Returns the function that
 * ends it.
 */
export function checkEveryLayer(networks: Readonly<Record<string, Layer>>): () => void {
  const ends = Object.entries(networks).flatMap(([network, model]) =>
    namedLayers(model).flatMap(({ name, layer }) => {
      const who = `${network}${name && '.'}${name} (${layer.constructor.name})`;
      return [
        intercept(layer, 'forward', (forward, x, labels) => {
          const out = explained(`${who}, forward`, () => forward(x, labels));
          check(`${who}, forward: out`, out);
          return out;
        }),
        intercept(layer, 'backward', (backward, dOut) => {
          const dX = explained(`${who}, backward`, () => backward(dOut));
          for (const { name, gradient, frozen } of layer.parameters) {
            if (!frozen) check(`${who}, backward: the gradient of ${name}`, gradient);
          }
          check(`${who}, backward: dX`, dX);
          return dX;
        }),
      ];
    }),
  );
  return () => {
    for (const end of ends) end();
  };
}

/** What `call` gives; where the layer itself finds numbers that it cannot take, the error says which layer it is. */
function explained(who: string, call: () => Tensor): Tensor {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof RangeError) || error instanceof NotFinite) throw error;
    throw new NotFinite(`${who}: ${error.message}`, { cause: error });
  }
}

function check(what: string, t: Tensor): void {
  const { data, shape } = t;
  const at = firstNotFinite(t);
  if (at !== -1) throw new NotFinite(`${what} ${show(shape)} holds ${data[at]}, first at ${show(indexOf(at, shape))}`);
}

/** The place of entry `at` along each axis. */
function indexOf(at: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  for (const size of [...shape].reverse()) {
    index.unshift(at % size);
    at = Math.floor(at / size);
  }
  return index;
}
