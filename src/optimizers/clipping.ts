import type { Parameter } from '../layers/parameter.ts';
import { checkParameters } from './optimizer.ts';

/**
 * Makes the gradients of all parameters together, as one long vector, at most `maxNorm` long, and keeps their
 * direction. To be called between backward and optimizer.step(). Returns the length that the vector had: where that
 * is infinite or NaN, so is an entry, and clipping saves nothing.
 *
 * Frozen parameters count for nothing and are left alone. Derivation: derivations/19-schedules-and-clipping.md
 */
export function clipGradientNorm(parameters: readonly Parameter[], maxNorm: number): number {
  checkBound('clipGradientNorm', 'maxNorm', maxNorm);
  const gradients = gradientsOf('clipGradientNorm', parameters);
  // norm = √(Σ over all parameters and entries  dθ²)                                                  (clip.1)
  let squares = 0;
  for (const data of gradients) for (let i = 0; i < data.length; i++) squares += data[i] * data[i];
  const norm = Math.sqrt(squares);
  // dθ = dθ · min(1, maxNorm / (norm + 1e-6))                                                        (clip.2)
  const scale = Math.min(1, maxNorm / (norm + 1e-6));
  for (const data of gradients) for (let i = 0; i < data.length; i++) data[i] *= scale;
  return norm;
}

/**
 * Moves every entry of every gradient into [−clipValue, clipValue], which changes the direction too. To be called
 * between backward and optimizer.step(). Frozen parameters are left alone.
 *
 * Derivation: derivations/19-schedules-and-clipping.md
 */
export function clipGradientValue(parameters: readonly Parameter[], clipValue: number): void {
  checkBound('clipGradientValue', 'clipValue', clipValue);
  for (const data of gradientsOf('clipGradientValue', parameters)) {
    for (let i = 0; i < data.length; i++) {
      // dθ = min(max(dθ, −clipValue), clipValue)                                                     (clip.3)
      data[i] = Math.min(Math.max(data[i], -clipValue), clipValue);
    }
  }
}

function gradientsOf(who: string, parameters: readonly Parameter[]) {
  return checkParameters(who, parameters)
    .filter(({ frozen }) => !frozen)
    .map(({ gradient }) => gradient.data);
}

function checkBound(who: string, name: string, bound: number): void {
  if (!(typeof bound === 'number' && bound > 0 && bound < Infinity))
    throw new RangeError(`${who}: ${name} must be a number above 0, not ${bound}`);
}
