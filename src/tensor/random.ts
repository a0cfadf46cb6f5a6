import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { type Dtype, type Shape, type Tensor, zeros } from './tensor.ts';

/** What `random.state` returns; plain numbers, so that it can be stored as JSON. */
export type RandomState = readonly number[];

/**
 * A seeded random generator (xoroshiro128+): the same seed gives the same numbers everywhere.
 *
 * Throws a RangeError where the seed is not a whole number from 0 to 2³² − 1.
 */
export class Random {
  private generator: ReturnType<typeof xoroshiro128plus>;

  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
      throw new RangeError(`Random: seed must be a whole number from 0 to 4294967295, not ${seed}`);
    }
    this.generator = xoroshiro128plus(seed);
    // The first numbers of neighbouring seeds resemble one another; those far down the stream do not.
    this.generator.jump();
  }

  /** Where the stream stands. Setting it continues from there. */
  get state(): RandomState {
    return [...this.generator.getState()];
  }

  set state(state: RandomState) {
    if (!Array.isArray(state) || state.length !== 4 || !state.every(Number.isInteger) || !state.some(Boolean)) {
      throw new TypeError('Random: a state is the list of four whole numbers that `random.state` gave');
    }
    this.generator = xoroshiro128plusFromState(state);
  }

  /** One number from [0, 1). */
  next(): number {
    return uniformFloat64(this.generator);
  }

  /** A tensor of numbers spread evenly over [low, high). */
  uniform(shape: Shape, low = 0, high = 1, dtype: Dtype = 'float32'): Tensor {
    if (!Number.isFinite(low) || !Number.isFinite(high)) {
      throw new RangeError(`Random: uniform needs two numbers as its bounds, not ${low} and ${high}`);
    }
    const out = zeros(shape, dtype);
    for (let i = 0; i < out.data.length; i++) out.data[i] = low + (high - low) * this.next();
    return out;
  }

  /** A tensor of normally distributed numbers. */
  normal(shape: Shape, mean = 0, standardDeviation = 1, dtype: Dtype = 'float32'): Tensor {
    if (!Number.isFinite(mean) || !Number.isFinite(standardDeviation) || standardDeviation < 0) {
      throw new RangeError(
        `Random: normal needs a mean and a standard deviation from 0, not ${mean} and ${standardDeviation}`,
      );
    }
    const out = zeros(shape, dtype);
    for (let i = 0; i < out.data.length; i += 2) {
      // Box and Muller: a uniform angle and a radius make two independent normal numbers.
      const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
      const angle = 2 * Math.PI * this.next();
      out.data[i] = mean + standardDeviation * radius * Math.cos(angle);
      if (i + 1 < out.data.length) out.data[i + 1] = mean + standardDeviation * radius * Math.sin(angle);
    }
    return out;
  }

  /** The whole numbers from 0 to length − 1 in random order. */
  permutation(length: number): Int32Array<ArrayBuffer> {
    if (!Number.isInteger(length) || length < 0 || length >= 2 ** 31) {
      throw new RangeError(`Random: a permutation has a whole number of entries from 0, not ${length}`);
    }
    const order = Int32Array.from({ length }, (_, i) => i);
    for (let i = length - 1; i > 0; i--) {
      const j = uniformInt(this.generator, 0, i);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }
}

/** Where layers draw their first weights from unless they are given a generator of their own. */
export const sharedRandom = new Random(0);
