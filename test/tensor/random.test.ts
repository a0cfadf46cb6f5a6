import { describe, expect, test, vi } from 'vitest';
import { Random } from '../../src/tensor/random.ts';

function moments(data: ArrayLike<number>) {
  const values = Array.from(data);
  const mean = values.reduce((a, b) => a + b) / values.length;
  const central = (power: number) => values.reduce((sum, v) => sum + (v - mean) ** power, 0) / values.length;
  return { mean, variance: central(2), skewness: central(3), kurtosis: central(4) };
}

describe('Random', () => {
  test('the same seed gives the same numbers, another seed others', () => {
    const draw = (seed: number) => new Random(seed).normal([50]).data;
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  test('the shared generator starts from a fixed seed, so that a script gives the same numbers every time', async () => {
    vi.resetModules();
    const fresh = await import('../../src/tensor/random.ts');
    expect(fresh.sharedRandom.next()).toBe(new Random(0).next());
  });

  test('a saved state continues where it was', () => {
    const random = new Random(3);
    random.normal([11]);
    const state = JSON.parse(JSON.stringify(random.state));
    const next = random.normal([9]).data;
    const other = new Random(99);
    other.state = state;
    expect(other.normal([9]).data).toEqual(next);
  });

  test('a returned state does not change with the generator', () => {
    const random = new Random(3);
    const before = [...random.state];
    const { state } = random;
    random.next();
    expect(state).toEqual(before);
    expect(random.state).not.toEqual(before);
  });

  test.each([[-1], [0.5], [2 ** 32], [Number.NaN], ['1']])('refuses the seed %s', (seed) => {
    expect(() => new Random(seed as number)).toThrow(/seed must be a whole number from 0/);
  });

  test.each([[[1, 2, 3]], [undefined], [[1, 2, 3, 0.5]]])('refuses the state %j', (state) => {
    const random = new Random(1);
    expect(() => {
      random.state = state as number[];
    }).toThrow(/state is the list of four whole numbers/);
  });

  test('uniform numbers fill their range evenly', () => {
    const { data } = new Random(1).uniform([40_000], -1, 3, 'float64');
    const { mean, variance } = moments(data);
    expect(Math.min(...data)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...data)).toBeLessThan(3);
    // Five standard errors: 4/√12/200 for the mean.
    expect(Math.abs(mean - 1)).toBeLessThan(0.03);
    expect(Math.abs(variance - 16 / 12)).toBeLessThan(0.03);
  });

  test('normal numbers have the moments of a normal distribution', () => {
    const { mean, variance, skewness, kurtosis } = moments(new Random(2).normal([40_001], 2, 3, 'float64').data);
    expect(Math.abs(mean - 2)).toBeLessThan(0.075);
    expect(Math.abs(variance - 9)).toBeLessThan(0.32);
    expect(Math.abs(skewness)).toBeLessThan(27 * 0.07);
    expect(Math.abs(kurtosis - 3 * 81)).toBeLessThan(81 * 0.25);
  });

  test('without being told: uniform over [0, 1), normal with mean 0 and deviation 1, float32', () => {
    const [even, bell] = [new Random(6).uniform([4000]), new Random(6).normal([4000])];
    expect([even.dtype, bell.dtype]).toEqual(['float32', 'float32']);
    expect([...even.data]).toEqual([...new Random(6).uniform([4000], 0, 1).data]);
    expect([...bell.data]).toEqual([...new Random(6).normal([4000], 0, 1).data]);
  });

  test('normal numbers come in pairs that do not resemble each other', () => {
    const { data } = new Random(4).normal([40_000], 0, 1, 'float64');
    let product = 0;
    for (let i = 0; i < data.length; i += 2) product += data[i] * data[i + 1];
    expect(Math.abs(product / 20_000)).toBeLessThan(5 / Math.sqrt(20_000));
  });

  test('neighbouring seeds do not resemble each other', () => {
    const firsts = Array.from({ length: 2000 }, (_, seed) => new Random(seed).next());
    expect(Math.abs(moments(firsts).mean - 0.5)).toBeLessThan(5 / Math.sqrt(12 * 2000));
  });

  test('a permutation holds every number once, each place as likely as any other', () => {
    const random = new Random(5);
    const counts = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
    for (let i = 0; i < 8000; i++) {
      const order = random.permutation(4);
      expect([...order].sort()).toEqual([0, 1, 2, 3]);
      for (const [place, value] of order.entries()) counts[place][value]++;
    }
    for (const count of counts.flat()) expect(Math.abs(count - 2000)).toBeLessThan(5 * Math.sqrt(8000 * 0.25 * 0.75));
    expect([...random.permutation(0)]).toEqual([]);
  });
});
