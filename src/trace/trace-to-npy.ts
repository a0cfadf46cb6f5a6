import { toNpy } from '../data/npy.ts';
import { type Nested, tensor } from '../tensor/tensor.ts';
import type { BackwardTrace } from './trace-backward.ts';

/**
 * A trace as .npy files, by their names: '4.Conv2d.dOut.npy', '4.Conv2d.dX.npy', '4.weight.npy'; of the model itself
 * 'dOut.npy' and 'dX.npy'. In Node, `writeFileSync(name, bytes)` for each of them.
 */
export function traceToNpy(trace: BackwardTrace): Map<string, Uint8Array> {
  const bytes = (nested: Nested) => toNpy(tensor(nested, trace.dtype));
  const files = new Map([
    ['dOut.npy', bytes(trace.dOut)],
    ['dX.npy', bytes(trace.dX)],
  ]);
  for (const { name, layer, dOut, dX, parameters } of trace.layers) {
    const prefix = name === '' ? layer : `${name}.${layer}`;
    files.set(`${prefix}.dOut.npy`, bytes(dOut)).set(`${prefix}.dX.npy`, bytes(dX));
    for (const parameter of parameters) files.set(`${parameter.name}.npy`, bytes(parameter.added));
  }
  return files;
}
