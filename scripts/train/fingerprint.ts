import { createHash } from 'node:crypto';
import type { Dataset } from '../../src/data/dataset.ts';
import type { Layer } from '../../src/layers/layer.ts';

/** A short hash of every bit of every parameter. */
export function fingerprint(...layers: readonly Layer[]): string {
  const hash = createHash('sha256');
  for (const { value } of layers.flatMap((layer) => layer.parameters)) hash.update(value.data);
  return hash.digest('hex').slice(0, 16);
}

/** A short hash of every pixel and label. */
export function fingerprintOfData({ images, labels }: Dataset): string {
  return createHash('sha256').update(images.data).update(labels.data).digest('hex').slice(0, 16);
}
