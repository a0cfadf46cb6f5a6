import { checkCount, checkOptions } from '../../tensor/checks.ts';
import type { Optimizer } from '../optimizer.ts';
import { checkFactor, Schedule } from './schedule.ts';

/**
 * The learning rate along half a cosine: gently down from the start, gently into etaMin after tMax steps. Further
 * steps climb back up the same way.
 *
 * Derivation: derivations/19-schedules-and-clipping.md
 */
export class CosineAnnealingLR extends Schedule {
  readonly tMax: number;
  readonly etaMin: number;

  constructor(optimizer: Optimizer, options: { readonly tMax: number; readonly etaMin?: number }) {
    super('CosineAnnealingLR', optimizer);
    checkOptions('CosineAnnealingLR', options, ['tMax', 'etaMin']);
    const { tMax, etaMin = 0 } = options;
    checkCount('CosineAnnealingLR', 'tMax', tMax);
    checkFactor('CosineAnnealingLR', 'etaMin', etaMin);
    this.tMax = tMax;
    this.etaMin = etaMin;
    optimizer.learningRate = this.rateAt(0);
  }

  rateAt(t: number): number {
    const { start, etaMin, tMax } = this;
    // rate[t] = etaMin + ½ · (start − etaMin) · (1 + cos(π · t / tMax))                             (schedule.2)
    return etaMin + 0.5 * (start - etaMin) * (1 + Math.cos((Math.PI * t) / tMax));
  }
}
