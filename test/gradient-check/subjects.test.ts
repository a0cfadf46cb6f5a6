import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawClasses, spread } from '../../src/gradient-check/subjects/draw.ts';
import { checkSubject, type Subject, subjects } from '../../src/gradient-check/subjects/index.ts';
import { awayFromKinks } from '../../src/gradient-check/subjects/kinks.ts';
import { configuration } from '../../src/gradient-check/subjects/subject.ts';
import * as handgrad from '../../src/index.ts';
import { LeakyReLU, Linear, MaxPool2d, Random, ReLU, Sequential, Tanh, tensor } from '../../src/index.ts';
import { verdictKinds } from '../../src/training/verdict.ts';
import { stateOf } from '../layers/all-layers.ts';

const namesOf = (kind: Subject['kind']) => subjects.filter((subject) => subject.kind === kind).map(({ name }) => name);

describe('nothing that has a backward is missing', () => {
  const classes = Object.entries(handgrad).filter(
    ([, value]) => typeof value === 'function' && typeof value.prototype?.backward === 'function',
  );
  // A layer's backward takes dOut, a loss's takes nothing.
  const exported = (parameters: number) =>
    classes.filter(([, value]) => (value as typeof Linear).prototype.backward.length === parameters);

  it('no layer', () => {
    const names = exported(1).map(([name]) => name);
    expect(names.length).toBeGreaterThan(10);
    expect(namesOf('layer').toSorted()).toEqual(names.toSorted());
  });

  it('no loss', () => {
    const names = exported(0).map(([name]) => name);
    expect(names.length).toBeGreaterThan(2);
    expect(namesOf('loss').toSorted()).toEqual(names.toSorted());
  });

  it('no network', async () => {
    const files = readdirSync('src/models').map((file) => import(`../../src/models/${basename(file, '.ts')}.ts`));
    const makers = (await Promise.all(files)).flatMap((file: object) => Object.keys(file));
    expect(makers).toContain('convGenerator');
    expect(namesOf('model').toSorted()).toEqual(makers.toSorted());
  });

  it("no loss of a GAN, and none twice: 'conditional' is one more", () => {
    expect(namesOf('GAN step')).toEqual([...Object.keys(verdictKinds), 'conditional']);
    for (const subject of subjects.filter(({ kind }) => kind === 'GAN step')) {
      const descriptions = subject.configurations.map(({ description }) => description);
      expect(descriptions).toEqual(['generatorLoss non-saturating', 'generatorLoss minimax']);
    }
  });

  it('no two have the same name, whatever their letters', () => {
    const names = subjects.map(({ name }) => name.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('checkSubject', () => {
  const of = (...checks: Subject['configurations'][number]['check'][]): Subject => ({
    name: 'Fake',
    kind: 'layer',
    configurations: checks.map((check, i) => ({ description: `number ${i}`, check })),
  });
  const error = (relativeError: number) => ({ name: 'x', relativeError, largestDifference: 0, entries: 1, size: 1 });

  it('passes what is within 1e-7, and fails everything else', () => {
    const checks = [[1e-7], [1.01e-7], [0, 1e-6, 0], [Number.NaN], []].map((all) => () => all.map(error));
    expect(checkSubject(of(...checks)).map(({ passed }) => passed)).toEqual([true, false, false, false, false]);
  });

  it('fails what throws, says why, and goes on', () => {
    const throwing = () => {
      throw new RangeError('too small');
    };
    expect(checkSubject(of(throwing, () => [error(0)]))).toEqual([
      { description: 'number 0', errors: [], passed: false, failure: 'too small' },
      { description: 'number 1', errors: [error(0)], passed: true },
    ]);
  });

  it('gives every configuration the same numbers, whatever stands before it', () => {
    const drawn: number[] = [];
    const draw = (random: Random) => {
      drawn.push(random.next());
      return [error(0)];
    };
    checkSubject(of(draw, draw), 3);
    expect(drawn).toEqual([new Random(3).next(), new Random(3).next()]);
  });
});

describe('configuration', () => {
  it('describes itself as it is typed', () => {
    const create = () => new Tanh();
    expect(configuration({ kernelSize: [3, 2], stride: 2, bias: false, x: [2, 3] }, create).description).toBe(
      'kernelSize 3×2, stride 2, bias false, x 2×3',
    );
    expect(configuration({ training: false, x: [4] }, create).description).toBe('evaluation, x 4');
  });

  it.each([true, false])('runs in the mode that it names: training %s', (training) => {
    const layer = new Tanh();
    layer.training = !training;
    configuration({ training, x: [2, 2] }, () => layer).check(new Random(1));
    expect(layer.training).toBe(training);
  });
});

describe('draws', () => {
  it.each([[[1]], [[5, 4]], [[2, 3, 4, 3]], [[3, 3]]])(
    'spread %j is from −2 to 2, away from 0 and from itself',
    (shape) => {
      const data = [...spread(new Random(1), shape).data].toSorted((a, b) => a - b);
      const step = 4 / data.length;
      expect(data[0]).toBeGreaterThanOrEqual(-2);
      expect(data[data.length - 1]).toBeLessThan(2);
      expect(Math.min(...data.map(Math.abs))).toBeGreaterThanOrEqual(step / 4 - 1e-12);
      for (let i = 1; i < data.length; i++) expect(data[i] - data[i - 1]).toBeCloseTo(step, 10);
    },
  );

  it('spread is in random order', () => {
    expect([...spread(new Random(1), [20]).data]).not.toEqual([...spread(new Random(2), [20]).data]);
  });

  it('drawClasses draws each class', () => {
    const { data, shape } = drawClasses(new Random(1), [100], 3);
    expect(shape).toEqual([100]);
    expect([...new Set(data)].toSorted()).toEqual([0, 1, 2]);
  });
});

describe('awayFromKinks', () => {
  const dtype = 'float64';
  /** Hands out the rows, one a call. */
  const inTurn = (...rows: number[][]) => {
    let next = 0;
    return () => tensor([rows[next++]], dtype);
  };

  it.each([
    ['a ReLU', new Sequential([new ReLU()])],
    ['a LeakyReLU behind another layer', new Sequential([new Tanh(), new LeakyReLU()])],
    ['a ReLU in a Sequential inside', new Sequential([new Sequential([new ReLU()]), new Tanh()])],
  ])('draws again where the input of %s is near 0', (_, network) => {
    const x = awayFromKinks(network, inTurn([1, 1e-6], [-1e-6, 1], [0, 1], [1, -1], [1, 1]));
    expect([...x.data]).toEqual([1, -1]);
  });

  it('draws again where two of a window are nearly the same', () => {
    const network = new Sequential([new ReLU(), new MaxPool2d({ kernelSize: 2 })]);
    const draws = [
      [3, 1, 2, 3 - 1e-6],
      [-1, -2, -3, -4],
    ].map((window) => tensor([[[window.slice(0, 2), window.slice(2)]]], dtype));
    // In the second all four are rectified to the same 0, and stay so.
    const second = draws[1];
    expect(awayFromKinks(network, () => draws.shift() ?? second)).toBe(second);
  });

  it('leaves the network as it was', () => {
    const network = new Sequential([
      new Linear({ inFeatures: 2, outFeatures: 2, dtype }),
      new handgrad.BatchNorm1d({ numFeatures: 2, dtype }),
      new handgrad.Dropout({ random: new Random(1) }),
      new ReLU(),
    ]);
    const before = [stateOf(network), network.layers[2].random?.state];
    const random = new Random(2);
    awayFromKinks(network, () => random.normal([3, 2], 0, 1, dtype));
    expect([stateOf(network), network.layers[2].random?.state]).toEqual(before);
  });

  it('gives up in the end', () => {
    expect(() => awayFromKinks(new Sequential([new ReLU()]), () => tensor([0], dtype))).toThrow(
      /a thousand inputs were all near a kink/,
    );
  });
});
