// Adam's update of the weights, as src/optimizers/adam.ts has it, a vector at a time.

let beta1: f64 = 0;
let beta2: f64 = 0;
let eps: f64 = 0;
let weightDecay: f64 = 0;
let stepSize: f64 = 0;
let rootCorrection: f64 = 0;

export function setAdam(b1: f64, b2: f64, e: f64, decay: f64, step: f64, correction: f64): void {
  beta1 = b1;
  beta2 = b2;
  eps = e;
  weightDecay = decay;
  stepSize = step;
  rootCorrection = correction;
}

/** `count` weights; what stands behind them, up to a whole vector, is overwritten. */
export function adam<T extends number>(count: i32, theta: usize, gradient: usize, mean: usize, square: usize): void {
  const keepMean = v128.splat<T>(<T>beta1);
  const addMean = v128.splat<T>(<T>(1 - beta1));
  const keepSquare = v128.splat<T>(<T>beta2);
  const addSquare = v128.splat<T>(<T>(1 - beta2));
  const decay = v128.splat<T>(<T>weightDecay);
  const step = v128.splat<T>(<T>stepSize);
  const correction = v128.splat<T>(<T>rootCorrection);
  const least = v128.splat<T>(<T>eps);
  const bytes: usize = count * sizeof<T>();
  for (let i: usize = 0; i < bytes; i += 16) {
    const t = v128.load(theta + i);
    // g = dθ + weightDecay · θ                                                                        (sgd.1)
    const g = v128.add<T>(v128.load(gradient + i), v128.mul<T>(decay, t));
    // m = β₁ · m + (1 − β₁) · g                                                                        (adam.1)
    const m = v128.add<T>(v128.mul<T>(keepMean, v128.load(mean + i)), v128.mul<T>(addMean, g));
    v128.store(mean + i, m);
    // v = β₂ · v + (1 − β₂) · g²                                                                       (adam.2)
    const v = v128.add<T>(v128.mul<T>(keepSquare, v128.load(square + i)), v128.mul<T>(v128.mul<T>(addSquare, g), g));
    v128.store(square + i, v);
    // θ = θ − learningRate · m̂ / (√v̂ + eps)                                                           (adam.4)
    const root = v128.mul<T>(v128.sqrt<T>(v), correction);
    v128.store(theta + i, v128.sub<T>(t, v128.div<T>(v128.mul<T>(step, m), v128.add<T>(root, least))));
  }
}
