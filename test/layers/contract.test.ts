import { describe, expect, it } from 'vitest';
import { type Layer, Random, SGD, type Shape, type Tensor, zeros } from '../../src/index.ts';
import { copy, sizeOf } from '../../src/tensor/tensor.ts';
import { allLayers, drawLayer, drawX, type LayerKind, stateOf, withInner, wrappers } from './all-layers.ts';

const everyKind = [...allLayers, ...wrappers];
const draw = (shape: Shape, seed = 1): Tensor => new Random(seed).normal(shape, 0, 1, 'float64');

/** The layer after a forward, and a dOut that fits. */
function afterForward(kind: LayerKind): { layer: Layer; x: Tensor; dOut: Tensor } {
  const layer = drawLayer(kind);
  const x = drawX(kind);
  return { layer, x, dOut: draw(layer.forward(x, kind.labels).shape, 2) };
}

const bits = (t: Tensor): number[] => [...t.data];
const gradientsOf = (layer: Layer): number[][] => layer.parameters.map(({ gradient }) => bits(gradient));
const zeroGradients = (layer: Layer): void => {
  for (const { gradient } of layer.parameters) gradient.data.fill(0);
};

describe.each(everyKind)('$name', (kind) => {
  it('has parameters where the table says so', () => {
    expect(kind.create('float64').parameters.length > 0).toBe(kind.trainable ?? false);
  });

  it('backward needs a forward of its own', () => {
    const fresh = drawLayer(kind);
    const { layer, dOut } = afterForward(kind);
    expect(() => fresh.backward(dOut)).toThrow(/backward needs a forward of its own/);
    layer.backward(dOut);
    const before = stateOf(layer);
    expect(() => layer.backward(dOut)).toThrow(/backward needs a forward of its own/);
    expect(stateOf(layer)).toEqual(before);
  });

  it('a dOut of another shape is an error that names both, and the right one still works', () => {
    const { layer, x, dOut } = afterForward(kind);
    const before = stateOf(layer);
    const wrong = draw([...dOut.shape, 1]);
    const names = withInner(layer).map((each) => each.constructor.name);
    const message = `dOut must be [${dOut.shape.join(', ')}], as forward's output was, but it is [${wrong.shape.join(', ')}]`;
    expect(() => layer.backward(wrong)).toThrow(message);
    expect(() => layer.backward(wrong)).toThrow(new RegExp(`^(${names.join('|')}): `));
    // As many entries in another order of axes is another shape too.
    const turned = [...dOut.shape].reverse();
    if (turned.join() !== dOut.shape.join()) expect(() => layer.backward(draw(turned))).toThrow(/dOut must be/);
    expect(() => layer.backward(draw([dOut.shape[0] + 1, ...dOut.shape.slice(1)]))).toThrow(/dOut must be/);
    expect(stateOf(layer)).toEqual(before);
    expect(layer.backward(dOut).shape).toEqual(x.shape);
  });

  it('a dOut of another dtype, or none, is an error, and the right one still works', () => {
    const { layer, dOut } = afterForward(kind);
    const before = stateOf(layer);
    expect(() => layer.backward(zeros(dOut.shape, 'float32'))).toThrow(/dOut is float32, but the layer is float64/);
    expect(() => layer.backward([[1]] as never)).toThrow(/dOut must be a float32 or float64 tensor/);
    expect(() => layer.backward(undefined as never)).toThrow(/dOut must be a float32 or float64 tensor/);
    expect(stateOf(layer)).toEqual(before);
    layer.backward(dOut);
  });

  it('something that is no tensor is an error', () => {
    const layer = drawLayer(kind);
    const before = stateOf(layer);
    for (const none of [[[1, 2]], undefined]) {
      expect(() => layer.forward(none as never, kind.labels)).toThrow(/x must be a float32 or float64 tensor/);
    }
    expect(stateOf(layer)).toEqual(before);
  });

  it('x and dOut are never written to, and neither is what forward and backward gave', () => {
    const { layer, x, dOut } = afterForward(kind);
    const [xBefore, dOutBefore] = [bits(x), bits(dOut)];
    layer.backward(dOut);
    const out = layer.forward(x, kind.labels);
    const outBefore = bits(out);
    const dX = layer.backward(dOut);
    const dXBefore = bits(dX);
    layer.forward(drawX(kind, 7), kind.labels);
    layer.backward(draw(dOut.shape, 8));
    expect(bits(x)).toEqual(xBefore);
    expect(bits(dOut)).toEqual(dOutBefore);
    expect(bits(out)).toEqual(outBefore);
    expect(bits(dX)).toEqual(dXBefore);
  });

  it('strided views give the same as their dense copies', () => {
    const { layer: plain, x, dOut } = afterForward(kind);
    const dX = plain.backward(dOut);
    for (const view of [transposedView, windowView, reversedView]) {
      const layer = drawLayer(kind);
      const out = layer.forward(view(x), kind.labels && view(kind.labels));
      expect(bits(out)).toEqual(bits(drawLayer(kind).forward(x, kind.labels)));
      expect(bits(layer.backward(view(dOut)))).toEqual(bits(dX));
      expect(gradientsOf(layer)).toEqual(gradientsOf(plain));
    }
  });

  it('tensors are dense from offset 0 and hold nothing else', () => {
    const { layer, x, dOut } = afterForward(kind);
    for (const t of [layer.backward(windowView(dOut)), layer.forward(windowView(x), kind.labels)]) {
      expect(t.offset).toBe(0);
      expect(t.data.length).toBe(sizeOf(t.shape));
    }
  });

  it('backward differentiates the mode that forward ran in', () => {
    for (const training of [true, false]) {
      const layer = drawLayer(kind);
      const flipped = drawLayer(kind);
      layer.training = training;
      flipped.training = training;
      const x = drawX(kind);
      const dOut = draw(layer.forward(x, kind.labels).shape, 2);
      flipped.forward(x, kind.labels);
      flipped.training = !training;
      expect(bits(flipped.backward(dOut))).toEqual(bits(layer.backward(dOut)));
      expect(gradientsOf(flipped)).toEqual(gradientsOf(layer));
    }
  });

  it('the last forward is the one that counts', () => {
    const { layer, dOut } = afterForward(kind);
    // A forward in training may leave its mark, as a spectral norm's does; it is used up here, and forgotten there.
    const { layer: other } = afterForward(kind);
    other.backward(dOut);
    zeroGradients(other);
    zeroGradients(layer);
    const x = drawX(kind, 5);
    for (const each of [layer, other]) each.forward(x, kind.labels);
    expect(bits(layer.backward(dOut))).toEqual(bits(other.backward(dOut)));
    expect(gradientsOf(layer)).toEqual(gradientsOf(other));
  });

  it('float64 in, float64 out', () => {
    const { layer, dOut } = afterForward(kind);
    expect(dOut.data).toBeInstanceOf(Float64Array);
    expect(layer.backward(dOut).data).toBeInstanceOf(Float64Array);
  });

  it('float32 in, float32 out', () => {
    const layer = drawLayer(kind, 'float32');
    const out = layer.forward(zeros(kind.xShape), kind.labels);
    expect(out.data).toBeInstanceOf(Float32Array);
    expect(layer.backward(out).data).toBeInstanceOf(Float32Array);
    for (const { value, gradient } of layer.parameters) {
      expect(value.data).toBeInstanceOf(Float32Array);
      expect(gradient.data).toBeInstanceOf(Float32Array);
    }
  });
});

describe.each(everyKind.filter(({ trainable }) => trainable))('$name', (kind) => {
  it('adds to the gradients', () => {
    const { layer, x, dOut } = afterForward(kind);
    layer.training = false;
    const rounds = [x, drawX(kind, 5)].map((input) => {
      zeroGradients(layer);
      layer.forward(input, kind.labels);
      layer.backward(dOut);
      return gradientsOf(layer);
    });
    zeroGradients(layer);
    for (const input of [x, drawX(kind, 5)]) {
      layer.forward(input, kind.labels);
      layer.backward(dOut);
    }
    for (const [p, { gradient }] of layer.parameters.entries()) {
      for (const [i, sum] of gradient.data.entries()) expect(sum).toBeCloseTo(rounds[0][p][i] + rounds[1][p][i], 12);
      expect(rounds[0][p].some((value) => value !== 0)).toBe(true);
    }
  });

  it('a frozen parameter gets no gradient, and dX keeps its bits', () => {
    const { layer: free, dOut } = afterForward(kind);
    const dX = bits(free.backward(dOut));
    for (const index of [...free.parameters.keys(), 'all'] as const) {
      const { layer } = afterForward(kind);
      const before = gradientsOf(layer);
      const isFrozen = (i: number) => index === 'all' || i === index;
      // Read in backward: freezing after forward counts.
      for (const [i, parameter] of layer.parameters.entries()) parameter.frozen = isFrozen(i);
      expect(bits(layer.backward(dOut))).toEqual(dX);
      const expected = free.parameters.map(({ gradient }, i) => (isFrozen(i) ? before[i] : bits(gradient)));
      expect(gradientsOf(layer)).toEqual(expected);
    }
  });

  it('backward after a parameter has changed is an error that names it', () => {
    const changes: readonly ((layer: Layer) => void)[] = [
      (layer) => new SGD(layer.parameters, { learningRate: 0.1 }).step(),
      (layer) => layer.parameters[0].changed(),
      (layer) => {
        layer.parameters[0].value = copy(layer.parameters[0].value);
      },
    ];
    for (const change of changes) {
      const { layer, x, dOut } = afterForward(kind);
      change(layer);
      expect(() => layer.backward(dOut)).toThrow(/has changed since forward/);
      layer.forward(x, kind.labels);
      layer.backward(dOut);
    }
    for (const parameter of drawLayer(kind).parameters) {
      const { layer, dOut } = afterForward(kind);
      layer.parameters.find(({ name }) => name === parameter.name)?.changed();
      expect(() => layer.backward(dOut)).toThrow(`${parameter.name} has changed since forward`);
    }
  });

  it('a new value is used by the next forward', () => {
    const layer = drawLayer(kind);
    const x = drawX(kind);
    layer.training = false;
    const before = bits(layer.forward(x, kind.labels));
    layer.parameters[0].value = draw(layer.parameters[0].value.shape, 9);
    expect(bits(layer.forward(x, kind.labels))).not.toEqual(before);
  });
});

// Indices may be of either dtype.
describe.each(everyKind.filter(({ trainable, indices }) => trainable && indices === undefined))('$name', (kind) => {
  it('an x of another dtype is an error that names both', () => {
    const layer = drawLayer(kind);
    const before = stateOf(layer);
    expect(() => layer.forward(zeros(kind.xShape), kind.labels)).toThrow(/x is float32, but the layer is float64/);
    expect(stateOf(layer)).toEqual(before);
    expect(() => drawLayer(kind, 'float32').forward(drawX(kind), kind.labels)).toThrow(
      /x is float64, but the layer is float32/,
    );
  });
});

/** The same entries, stored with the axes the other way round. */
function transposedView(t: Tensor): Tensor {
  const axes = t.shape.map((_, axis) => t.shape.length - 1 - axis);
  const turned = zeros([...t.shape].reverse(), 'float64');
  const view = turned.transpose(...axes);
  fill(view, t);
  return view;
}

/** The same entries as a window in the middle of a larger array. */
function windowView(t: Tensor): Tensor {
  const larger = draw(t.shape.map((size) => size + 3));
  const view = larger.lo(...t.shape.map(() => 2)).hi(...t.shape);
  fill(view, t);
  return view;
}

/** The same entries, stored from the last to the first. */
function reversedView(t: Tensor): Tensor {
  const view = zeros(t.shape, 'float64').step(...t.shape.map(() => -1));
  fill(view, t);
  return view;
}

function fill(view: Tensor, t: Tensor): void {
  const index = t.shape.map(() => 0);
  for (let i = 0; i < t.data.length; i++) {
    view.set(...index, t.data[i]);
    for (let axis = index.length - 1; axis >= 0 && ++index[axis] === t.shape[axis]; axis--) index[axis] = 0;
  }
}
