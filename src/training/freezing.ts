import type { Parameter } from '../layers/parameter.ts';

/** Freezes the parameters, and returns which of them were frozen before, for restoreFrozen. */
export function freeze(parameters: readonly Parameter[]): readonly boolean[] {
  const wereFrozen = parameters.map((parameter) => parameter.frozen);
  for (const parameter of parameters) parameter.frozen = true;
  return wereFrozen;
}

export function restoreFrozen(parameters: readonly Parameter[], wereFrozen: readonly boolean[]): void {
  for (const [index, parameter] of parameters.entries()) parameter.frozen = wereFrozen[index];
}
