import { describe, expect, test } from 'vitest';
import { curvesToSvg, type Panel } from '../../src/pictures/curves.ts';

const panel = (curves: Panel['curves'], scale: Panel['scale'] = 'linear'): Panel => ({ title: 'Loss', scale, curves });
/** What is written in the picture, in its order. */
const texts = (svg: string) => [...svg.matchAll(/>([^<>\n]+)<\/text>/g)].map(([, text]) => text);
/** The points of every line that is drawn as a curve. */
const lines = (svg: string) =>
  [...svg.matchAll(/<path d="M([^"VH]+)" fill="none" stroke-width="1.5"/g)].map(([, d]) =>
    d.split('L').map((point) => point.split(' ').map(Number)),
  );

describe('curvesToSvg', () => {
  test('a straight line: from corner to corner of its panel, with round numbers at the axes', () => {
    const svg = curvesToSvg(
      [
        panel([
          {
            name: 'a',
            points: [
              [0, 0],
              [5, 50],
              [10, 100],
            ],
          },
        ]),
      ],
      'step',
    );
    expect(texts(svg)).toEqual([
      'Loss',
      '0',
      '20',
      '40',
      '60',
      '80',
      '100',
      'a',
      '0',
      '2',
      '4',
      '6',
      '8',
      '10',
      'step',
    ]);
    const [[first, middle, last]] = lines(svg);
    // The plot is 620 × 164 pixels, and y goes down in an SVG.
    expect(last[0] - first[0]).toBe(620);
    expect(first[1] - last[1]).toBe(164);
    expect(middle).toEqual([(first[0] + last[0]) / 2, (first[1] + last[1]) / 2]);
  });

  test('a logarithmic axis: powers of ten at equal distances, and nothing that is not above 0', () => {
    const points = [
      [1, 0.1],
      [2, 1],
      [3, 10],
      [4, 0],
      [5, -1],
    ] as const;
    const svg = curvesToSvg([panel([{ name: 'a', points }], 'log')], 'step');
    expect(texts(svg).slice(1, 4)).toEqual(['0.1', '1', '10']);
    const [[a, b, c, ...rest]] = lines(svg);
    expect(rest).toEqual([]);
    expect(a[1] - b[1]).toBe(82);
    expect(b[1] - c[1]).toBe(82);
    expect(svg).not.toContain('NaN');
  });

  test('very many points: the mean of each stretch, and a band from the least to the greatest', () => {
    const points = Array.from({ length: 620 }, (_, x) => [x, x % 2 === 0 ? 0 : 10] as const);
    const svg = curvesToSvg([panel([{ name: 'a', points }])], 'step');
    const [line] = lines(svg);
    expect(line).toHaveLength(310);
    const heights = new Set(line.map(([, y]) => y));
    // All the means are 5: half way up.
    expect([...heights]).toEqual([12 + 26 + 82]);
    const band = svg
      .match(/<path d="M([^"]+)Z" fill="[^"]+" opacity/)?.[1]
      .split('L')
      .map((point) => Number(point.split(' ')[1]));
    expect(new Set(band)).toEqual(new Set([12 + 26, 12 + 26 + 164]));
    expect(curvesToSvg([panel([{ name: 'a', points: points.slice(0, 310) }])], 'step')).not.toContain('opacity');
  });

  test('one point is a dot, a constant is in the middle, NaN is left out, and nothing is said to be nothing', () => {
    const dot = curvesToSvg([panel([{ name: 'a', points: [[3, 7]] }])], 'step');
    expect(dot).toMatch(/d="M380 120h0" fill="none" stroke-width="5"/);
    const gap = curvesToSvg(
      [
        panel([
          {
            name: 'a',
            points: [
              [0, 1],
              [1, Number.NaN],
              [Infinity, 1],
              [2, 1],
            ],
          },
        ]),
      ],
      'step',
    );
    expect(lines(gap)).toEqual([
      [
        [70, 120],
        [690, 120],
      ],
    ]);
    for (const empty of [panel([]), panel([{ name: 'a', points: [] }], 'log')]) {
      const svg = curvesToSvg([empty], 'step');
      expect(texts(svg)).toContain('nothing yet');
      expect(texts(svg)).not.toContain('a');
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    }
  });

  test('every panel has its own y axis, all have one x axis, and names are escaped', () => {
    const points = [
      [0, 1],
      [4, 2],
    ] as const;
    const svg = curvesToSvg(
      [
        panel([{ name: 'a < b & c', points }]),
        panel([
          {
            name: 'd',
            points: [
              [2, 500],
              [8, 900],
            ],
          },
        ]),
      ],
      'step',
    );
    expect(svg).toContain('a &lt; b &amp; c');
    const [first, second] = lines(svg);
    expect(first.map(([x]) => x)).toEqual([70, 70 + 310]);
    expect(second.map(([x]) => x)).toEqual([70 + 155, 690]);
    expect(second[0][1] - first[0][1]).toBe(210);
    expect(svg.match(/<svg [^>]*height="466"/)).not.toBeNull();
  });

  test('small and large numbers are written with powers of ten', () => {
    const svg = (points: readonly (readonly [number, number])[]) =>
      texts(curvesToSvg([panel([{ name: 'a', points }])], 'step'));
    expect(
      svg([
        [0, 0],
        [1, 4e-6],
      ]),
    ).toEqual(expect.arrayContaining(['0', '1e-6', '4e-6']));
    expect(
      svg([
        [0, -2e7],
        [1, 0],
      ]),
    ).toEqual(expect.arrayContaining(['-2e+7', '0']));
  });
});
