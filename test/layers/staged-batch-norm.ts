import { type Tensor, toNested, zeros } from '../../src/index.ts';

/**
 * Batch norm's backward one node of the graph at a time, as CS231n draws it, for x and dOut [M, C]: the long way that
 * the closed form (bn.8) cuts short. Every intermediate has its name, every gradient a d-name.
 */
export function stagedBatchNorm(x: Tensor, gamma: Tensor, eps: number, dOut: Tensor) {
  const [M, C] = x.shape;
  const dX = zeros([M, C], 'float64');
  const dGamma = zeros([C], 'float64');
  const dBeta = zeros([C], 'float64');
  for (let c = 0; c < C; c++) {
    const column = (t: Tensor) => (toNested(t) as number[][]).map((row) => row[c]);
    const [xs, douts, g] = [column(x), column(dOut), gamma.data[c]];

    // Forward: nine nodes.
    const mean = sum(xs) / M;
    const centred = xs.map((value) => value - mean);
    const squared = centred.map((value) => value ** 2);
    const variance = sum(squared) / M;
    const deviation = Math.sqrt(variance + eps);
    const inverse = 1 / deviation;
    const xHat = centred.map((value) => value * inverse);

    // Backward: the same nodes from the last to the first.
    // out = γ · x̂ + β
    dBeta.data[c] = sum(douts);
    dGamma.data[c] = sum(douts.map((value, i) => value * xHat[i]));
    const dXHat = douts.map((value) => value * g);
    // x̂ = centred · inverse
    const dInverse = sum(dXHat.map((value, i) => value * centred[i]));
    const dCentredByProduct = dXHat.map((value) => value * inverse);
    // inverse = 1 / deviation
    const dDeviation = -dInverse / deviation ** 2;
    // deviation = √(variance + eps)
    const dVariance = dDeviation / (2 * deviation);
    // variance = Σ squared / M
    const dSquared = squared.map(() => dVariance / M);
    // squared = centred²
    const dCentredBySquare = dSquared.map((value, i) => value * 2 * centred[i]);
    // centred is used twice: the gradients add up.
    const dCentred = dCentredByProduct.map((value, i) => value + dCentredBySquare[i]);
    // centred = x − mean
    const dMean = -sum(dCentred);
    // mean = Σ x / M, and x is used twice
    for (let m = 0; m < M; m++) dX.data[m * C + c] = dCentred[m] + dMean / M;
  }
  return { dX, dGamma, dBeta };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
