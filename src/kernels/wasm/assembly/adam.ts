// The loop of src/optimizers/adam.ts for float32, four weights at a time.

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
export function adam(count: i32, theta: usize, gradient: usize, mean: usize, square: usize): void {
  const keepMean = f32x4.splat(f32(beta1));
  const addMean = f32x4.splat(f32(1 - beta1));
  const keepSquare = f32x4.splat(f32(beta2));
  const addSquare = f32x4.splat(f32(1 - beta2));
  const decay = f32x4.splat(f32(weightDecay));
  const step = f32x4.splat(f32(stepSize));
  const correction = f32x4.splat(f32(rootCorrection));
  const least = f32x4.splat(f32(eps));
  const bytes: usize = count * sizeof<f32>();
  for (let i: usize = 0; i < bytes; i += 16) {
    const t = v128.load(theta + i);
    // g = dθ + weightDecay · θ                                                                        (sgd.1)
    const g = f32x4.add(v128.load(gradient + i), f32x4.mul(decay, t));
    // m = β₁ · m + (1 − β₁) · g                                                                        (adam.1)
    const m = f32x4.add(f32x4.mul(keepMean, v128.load(mean + i)), f32x4.mul(addMean, g));
    v128.store(mean + i, m);
    // v = β₂ · v + (1 − β₂) · g²                                                                       (adam.2)
    const v = f32x4.add(f32x4.mul(keepSquare, v128.load(square + i)), f32x4.mul(f32x4.mul(addSquare, g), g));
    v128.store(square + i, v);
    // θ = θ − learningRate · m̂ / (√v̂ + eps)                                                           (adam.4)
    const root = f32x4.mul(f32x4.sqrt(v), correction);
    v128.store(theta + i, f32x4.sub(t, f32x4.div(f32x4.mul(step, m), f32x4.add(root, least))));
  }
}
