import type { Parameter } from '../layers/parameter.ts';

/** Freezes the parameters and returns the flags as they were, for restoreFrozen. */
export function freeze(parameters: readonly Parameter[]): readonly boolean[] {
  const found = parameters.map((parameter) => parameter.frozen);
  for (const parameter of parameters) parameter.frozen = true;
  return found;
}

export function restoreFrozen(parameters: readonly Parameter[], flags: readonly boolean[]): void {
  for (const [index, parameter] of parameters.entries()) parameter.frozen = flags[index];
}
