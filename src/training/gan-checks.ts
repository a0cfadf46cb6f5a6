import { type GanLoss, verdictKinds } from './verdict.ts';

/** Throws where the three options do not go together. */
export function checkLoss(loss: GanLoss, generatorLoss: string, realLabel: number): void {
  if (!Object.hasOwn(verdictKinds, loss)) {
    throw new RangeError(`GanTrainer: loss must be one of ${Object.keys(verdictKinds).join(', ')}, not '${loss}'`);
  }
  if (generatorLoss !== 'non-saturating' && generatorLoss !== 'minimax') {
    throw new RangeError(`GanTrainer: generatorLoss must be 'non-saturating' or 'minimax', not '${generatorLoss}'`);
  }
  if (!(realLabel > 0.5 && realLabel <= 1)) {
    throw new RangeError(`GanTrainer: realLabel must be above .5 and at most 1, not ${realLabel}`);
  }
  if (!verdictKinds[loss].smoothable && realLabel !== 1) {
    throw new RangeError(`GanTrainer: the loss '${loss}' has fixed targets and cannot smooth labels; use realLabel 1`);
  }
}

/** Throws unless it is left out or a bound for weights. */
export function checkWeightClip(weightClip: number | undefined): void {
  if (weightClip !== undefined && !(typeof weightClip === 'number' && weightClip > 0 && weightClip < Infinity)) {
    throw new RangeError(`GanTrainer: weightClip must be a number above 0, such as 0.01, not ${weightClip}`);
  }
}
