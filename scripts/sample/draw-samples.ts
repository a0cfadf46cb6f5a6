import type { Layer } from '../../src/layers/layer.ts';
import { fromData, type Tensor, zeros } from '../../src/tensor/tensor.ts';

/** What a generator makes of noise [N, latentSize], a hundred at a time: images [N, 1, 28, 28]. labels: [N] */
export function drawSamples(generator: Layer, noise: Tensor, labels: Tensor): Tensor {
  const [N, size] = noise.shape;
  const samples = zeros([N, 1, 28, 28]);
  for (let start = 0; start < N; start += 100) {
    const end = Math.min(start + 100, N);
    const z = fromData(noise.data.subarray(start * size, end * size), [end - start, size]);
    const images = generator.forward(z, fromData(labels.data.subarray(start, end), [end - start]));
    samples.data.set(images.data, start * 28 * 28);
  }
  return samples;
}
