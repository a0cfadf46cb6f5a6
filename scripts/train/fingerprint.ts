import { createHash } from 'node:crypto';
import type { Layer } from '../../src/layers/layer.ts';

/** A short hash of every bit of every parameter. */
export function fingerprint(...layers: readonly Layer[]): string {
  const hash = createHash('sha256');
  for (const { value } of layers.flatMap((layer) => layer.parameters)) hash.update(value.data);
  return hash.digest('hex').slice(0, 16);
}
