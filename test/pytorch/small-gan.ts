import type { GanCase, LayerSpec } from './cases.ts';

/**
 * The shape of a DCGAN generator, as small as it can be: noise [N, latentSize] → images [N, 1, 8, 8]. With
 * `classes` a conditional one, whose labels are embedded beside the noise.
 */
export function smallGenerator(latentSize: number, classes?: number): LayerSpec {
  const doubling = { kernelSize: 4, stride: 2, padding: 1 };
  return sequential(
    ...(classes ? [labelled(classes, [2])] : []),
    { kind: 'Linear', options: { inFeatures: latentSize + (classes ? 2 : 0), outFeatures: 12, bias: false } },
    { kind: 'BatchNorm1d', options: { numFeatures: 12 } },
    { kind: 'ReLU' },
    { kind: 'Reshape', options: { shape: [3, 2, 2] } },
    { kind: 'ConvTranspose2d', options: { inChannels: 3, outChannels: 2, bias: false, ...doubling } },
    { kind: 'BatchNorm2d', options: { numFeatures: 2 } },
    { kind: 'ReLU' },
    { kind: 'ConvTranspose2d', options: { inChannels: 2, outChannels: 1, ...doubling } },
    { kind: 'Tanh' },
  );
}

/**
 * Its discriminator: images [N, 1, 8, 8] → verdicts [N, 1] or [N, 2]. With `classes` the labels are embedded as one
 * more channel. As in the papers, the hinge critic has spectral norm, and the Wasserstein critic no batch norm.
 */
export function smallDiscriminator(loss: GanCase['loss'], classes?: number): LayerSpec {
  const halving = { kernelSize: 4, stride: 2, padding: 1 };
  const spectral = (layer: LayerSpec): LayerSpec =>
    loss === 'hinge' ? { kind: 'SpectralNorm', options: { layer } } : layer;
  const leaky: LayerSpec = { kind: 'LeakyReLU', options: { negativeSlope: 0.2 } };
  const norms: Readonly<Partial<Record<GanCase['loss'], readonly LayerSpec[]>>> = {
    hinge: [],
    // Not affine: the loss's gradient for a shift can be exactly zero, and Adam would make steps of its rounding.
    wasserstein: [{ kind: 'InstanceNorm2d', options: { numFeatures: 3 } }],
  };
  return sequential(
    ...(classes ? [labelled(classes, [1, 8, 8])] : []),
    spectral({ kind: 'Conv2d', options: { inChannels: classes ? 2 : 1, outChannels: 2, ...halving } }),
    leaky,
    spectral({ kind: 'Conv2d', options: { inChannels: 2, outChannels: 3, bias: false, ...halving } }),
    ...(norms[loss] ?? [{ kind: 'BatchNorm2d', options: { numFeatures: 3 } } as const]),
    leaky,
    { kind: 'Flatten' },
    spectral({ kind: 'Linear', options: { inFeatures: 12, outFeatures: loss === 'two-output' ? 2 : 1 } }),
    ...(loss === 'bce' ? [{ kind: 'Sigmoid' } as const] : []),
  );
}

export function sequential(...layers: readonly LayerSpec[]): LayerSpec {
  return { kind: 'Sequential', options: { layers } };
}

function labelled(numClasses: number, shape: readonly number[]): LayerSpec {
  return { kind: 'ConcatLabels', options: { numClasses, shape } };
}
