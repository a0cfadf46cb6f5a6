import { checkTensor } from '../tensor/checks.ts';
import { copy, sameShape, show, type Tensor } from '../tensor/tensor.ts';
import { checkLayer } from './checks.ts';
import type { Layer, LayerBuffer } from './layer.ts';
import type { Parameter } from './parameter.ts';

/**
 * A path and a way around it: out = x + path(x).
 *
 * x, out: whatever the path takes, which must give the same shape. Parameters and buffers are the path's:
 * 'path.weight'. Derivation: derivations/16-residual.md
 */
export class Residual implements Layer {
  readonly path: Layer;
  readonly layers: readonly Layer[];
  readonly parameters: readonly Parameter[];
  readonly buffers: readonly LayerBuffer[];

  constructor(path: Layer) {
    checkLayer('Residual', 'path', path);
    this.path = path;
    this.layers = [path];
    for (const named of [...path.parameters, ...path.buffers]) named.name = `path.${named.name}`;
    this.parameters = path.parameters;
    this.buffers = path.buffers;
  }

  get training(): boolean {
    return this.path.training;
  }

  set training(training: boolean) {
    this.path.training = training;
  }

  /** x → out, the same shape. Throws where the path changes the shape. */
  forward(x: Tensor, labels?: Tensor): Tensor {
    x = checkTensor('Residual', 'x', x);
    const out = copy(this.path.forward(x, labels));
    if (!sameShape(out.shape, x.shape)) {
      throw new RangeError(
        `Residual: the path must give the shape that it is given, but it makes ${show(out.shape)} of ${show(x.shape)}`,
      );
    }
    for (let i = 0; i < out.data.length; i++) {
      // out[i] = x[i] + path(x)[i]                                                                 (residual.1)
      out.data[i] += x.data[i];
    }
    return out;
  }

  /** dOut: dL/dout. Returns dL/dx, both shaped like x; the path adds to its gradients. */
  backward(dOut: Tensor): Tensor {
    dOut = checkTensor('Residual', 'dOut', dOut);
    const dX = copy(this.path.backward(dOut));
    for (let i = 0; i < dX.data.length; i++) {
      // dX[i] = dOut[i] + path.backward(dOut)[i]                                                     (residual.2)
      dX.data[i] += dOut.data[i];
    }
    return dX;
  }
}
