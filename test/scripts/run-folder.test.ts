import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { beforeAll, describe, expect, test } from 'vitest';
import { gradientNorms } from '../../scripts/train/gradient-norms.ts';
import { Conv2d, Linear, Random, Residual, Sequential, SpectralNorm } from '../../src/index.ts';
import { emptyFolder, train } from './train-process.ts';

const flags = ['--images', '130', '--batch-size', '20', '--epochs', '2'];
const read = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8');
const metricsOf = (folder: string) =>
  read(folder, 'metrics.jsonl')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('the folder of a GAN', () => {
  const folder = join(emptyFolder(), 'run');
  beforeAll(() => {
    expect(train('gan', ...flags, '--seed', '7', '--kernels', 'wasm', '--out', folder).stderr).toBe('');
  });

  test('metrics.jsonl: a line a step, with the losses, the verdicts and the norms of the gradients', () => {
    const metrics = metricsOf(folder);
    expect(metrics.map(({ epoch, step }) => [epoch, step])).toEqual(
      Array.from({ length: 14 }, (_, n) => [n < 7 ? 1 : 2, n + 1]),
    );
    for (const line of metrics) {
      const { generatorGradients, discriminatorGradients, ...rest } = line;
      expect(Object.keys(rest).sort()).toEqual(
        ['discriminatorLoss', 'epoch', 'fakeScore', 'generatorLoss', 'imageGradient', 'realScore', 'step'].sort(),
      );
      expect(Object.keys(generatorGradients)).toEqual([
        '0 Linear',
        '2 BatchNorm2d',
        '4 ConvTranspose2d',
        '5 BatchNorm2d',
        '7 ConvTranspose2d',
      ]);
      expect(Object.keys(discriminatorGradients)).toEqual(['0 Conv2d', '2 Conv2d', '3 BatchNorm2d', '6 Linear']);
      for (const norm of Object.values({ ...generatorGradients, ...discriminatorGradients }))
        expect(norm).toBeGreaterThan(0);
    }
  });

  test('config.json: the model, every setting, the kernels', () => {
    expect(JSON.parse(read(folder, 'config.json'))).toEqual({
      model: 'gan',
      kernels: 'wasm, 1 thread',
      flags: {
        loss: 'bce',
        'generator-loss': 'non-saturating',
        epochs: 2,
        'batch-size': 20,
        images: 130,
        seed: 7,
        kernels: 'wasm',
        threads: 1,
        'generator-rate': 0.003,
        'discriminator-rate': 0.001,
      },
    });
  });

  test('film.gif: the size of the pictures, a frame for each', () => {
    const gif = readFileSync(join(folder, 'film.gif'));
    const { width, height } = decode(readFileSync(join(folder, 'epoch-02.png')));
    expect([gif.readUInt16LE(6), gif.readUInt16LE(8)]).toEqual([width, height]);
    expect(gif.toString('latin1').split('\x21\xf9\x04')).toHaveLength(3);
  });

  test('report.html: pictures, film, curves and settings, all beside it', () => {
    const html = read(folder, 'report.html');
    const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link);
    expect(links.sort()).toEqual(['curves.svg', 'epoch-02.png', 'film.gif', 'metrics.jsonl']);
    for (const link of links) expect(() => read(folder, link)).not.toThrow();
    expect(html).toContain('const pictures = ["epoch-01.png","epoch-02.png"]');
    expect(html).toContain(`npm run train -- --resume ${folder}`);
    expect(html).toMatch(/<th>seed<td>7\n/);
    expect(html).toContain(`<th>generatorLoss<td>${metricsOf(folder)[13].generatorLoss}`);
    expect(html).not.toMatch(/https?:|undefined|NaN/);
  });

  test('curves.svg: a panel for losses, verdicts and each kind of gradient', () => {
    const svg = read(folder, 'curves.svg');
    const titles = [...svg.matchAll(/font-weight="600">([^<]+)</g)].map(([, title]) => title);
    expect(titles).toEqual([
      'Loss',
      "The discriminator's mean verdict",
      '‖dL/dimage‖: the length of the gradient that reaches the generated images',
      '‖dL/dθ‖ of each layer of the generator',
      '‖dL/dθ‖ of each layer of the discriminator',
    ]);
    expect(svg.match(/stroke-width="1.5"/g)).toHaveLength(2 + 2 + 1 + 5 + 4);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });
});

test('a classifier: what is measured on held-out digits after every epoch too', () => {
  const folder = join(emptyFolder(), 'run');
  const { stdout } = train('perceptron', ...flags, '--out', folder);
  const metrics = metricsOf(folder);
  expect(metrics).toHaveLength(16);
  expect(metrics[0]).toEqual({
    epoch: 1,
    step: 1,
    loss: expect.any(Number),
    accuracy: expect.any(Number),
    gradients: { '1 Linear': expect.any(Number) },
  });
  expect(metrics[15]).toEqual({
    epoch: 2,
    step: 14,
    heldOutLoss: expect.any(Number),
    heldOutAccuracy: expect.any(Number),
  });
  expect(stdout).toContain(`epoch 2: held-out loss ${metrics[15].heldOutLoss.toFixed(3)}`);
  expect(read(folder, 'curves.svg')).toContain('of held-out digits');
});

test('gradientNorms: one length for the weight and the bias of a layer, under its place and what it is', () => {
  const random = new Random(1);
  const network = new Sequential([
    new SpectralNorm(new Conv2d({ inChannels: 1, outChannels: 1, kernelSize: 1, random })),
    new Residual(new Linear({ inFeatures: 1, outFeatures: 1, random })),
  ]);
  for (const { name, gradient } of network.parameters) gradient.data.fill(name.endsWith('bias') ? 4 : -3);
  expect(gradientNorms(network)).toEqual({ '0 SpectralNorm': 5, '1.path Linear': 5 });
  expect(gradientNorms(new Linear({ inFeatures: 1, outFeatures: 1 }))).toEqual({ Linear: 0 });
});
