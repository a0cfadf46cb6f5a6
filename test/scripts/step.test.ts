import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { toCharacters } from '../../scripts/step/characters.ts';
import { figure, pageOf, widthOf } from '../../scripts/step/page.ts';
import { prepare, prepareFrom } from '../../scripts/step/prepare.ts';
import { type Call, record } from '../../scripts/step/record.ts';
import { equationsOf } from '../../scripts/step/source.ts';
import { statisticsOf } from '../../scripts/step/statistics.ts';
import { gan } from '../../scripts/train/gans.ts';
import { models } from '../../scripts/train/models.ts';
import { openCheckpoint } from '../../scripts/train/trained.ts';
import { Adam, BatchNorm2d, Conv2d, Tanh, tensor } from '../../src/index.ts';
import { emptyFolder, train } from './train-process.ts';

const options = { seed: 1, batchSize: 3, after: 0 };
const plain = { width: 80, height: Infinity, colours: undefined };
const colourful = { ...plain, colours: 'rgb' as const };

/** What is to be seen of a line: its text without the codes for colours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are made of them
const visible = (line: string) => line.replace(/\x1b\[[\d;]*m/g, '');

describe('equations', () => {
  const tags = (prototype: object, method: string) =>
    equationsOf(prototype, method).flatMap(({ lines }) =>
      lines.flatMap(({ text }) => text.match(/\w+\.\d+(?=\)$)/)?.[0] ?? []),
    );

  test('those of a method, and of the loops that it leaves to other functions of its file', () => {
    expect(tags(Adam.prototype, 'step')).toEqual(['adam.3', 'sgd.1', 'adam.1', 'adam.2', 'adam.4']);
    expect(tags(BatchNorm2d.prototype, 'forward').sort()).toEqual(['bn.1', 'bn.2', 'bn.3', 'bn.4', 'bn.5']);
    expect(tags(BatchNorm2d.prototype, 'backward')).toEqual(['bn.6', 'bn.7', 'bn.8', 'bn.9']);
    // A tag in a comment, (tanh.2), is no call of the function tanh.
    expect(tags(Tanh.prototype, 'forward')).toEqual(['tanh.1']);
    expect(tags(Tanh.prototype, 'backward')).toEqual(['tanh.2']);
    // Sizes have no loop.
    expect(tags(Conv2d.prototype, 'backward')).toEqual(['conv.3', 'conv.5', 'conv.4']);
  });

  test('each with the line that computes it', () => {
    for (const { lines } of equationsOf(Adam.prototype, 'step')) {
      expect(lines[lines.length - 1].text).toBe('theta[i] -= (stepSize * m) / (Math.sqrt(v) * rootCorrection + eps);');
    }
  });
});

describe('record', () => {
  const calls = record(prepare(gan, options));
  const row = (call: Call | undefined, name: string) => call?.rows.find((row) => row.name === name)?.of;
  const named = (part: string, title: string) =>
    calls.filter((call) => call.part === part && call.title.startsWith(title));

  test('the calls of a GAN step, in their order', () => {
    const update = (part: string) => calls.filter((call) => call.part === part).map(({ title }) => title.split(',')[0]);
    const [D, both] = ['discriminator', 'Images for both updates'];
    const judged = [`${D}.forward: what each layer makes of it`, 'BCELoss.forward', 'BCELoss.backward'];
    const backward = [...Array<string>(8).fill(D), `${D}.backward has reached the images`];
    expect(update(both)).toEqual([
      'generator.forward: what each layer makes of it',
      'generator.forward has made images',
    ]);
    expect(update("D's update")).toEqual([
      ...[...judged, ...backward],
      ...[...judged, ...backward],
      'discriminator: Adam.step',
    ]);
    expect(update("G's update")).toEqual([
      ...[...judged, ...backward],
      ...[...Array<string>(9).fill('generator'), 'generator: Adam.step'],
    ]);
  });

  test('what goes out of a layer comes into the one before it, across the two networks', () => {
    const backwards = calls.filter(({ part, title }) => part === "G's update" && title.endsWith('.backward')).slice(1);
    expect(backwards).toHaveLength(17);
    for (let l = 1; l < backwards.length; l++) expect(row(backwards[l], 'dOut')).toEqual(row(backwards[l - 1], 'dX'));
    const [reached] = named("G's update", 'discriminator.backward has reached');
    expect(row(reached, 'dL/dimages')).toEqual(row(named("G's update", 'generator, layer 8')[0], 'dOut'));
  });

  test('a frozen discriminator says so, and its own update does not', () => {
    expect(row(named("G's update", 'discriminator, layer 0')[0], 'd 0.weight')).toBe('frozen: nothing is added');
    expect(row(named("D's update", 'discriminator, layer 0')[0], 'd 0.weight')).toMatchObject({ shape: [32, 1, 4, 4] });
  });

  test('the line about to run is the line of the source, with its equation', () => {
    const [conv] = named("G's update", 'discriminator, layer 2: Conv2d.backward');
    expect(conv.path.map(({ lines }) => lines.at(-1)?.text)).toEqual([
      'const dImages = discriminator.backward(dVerdict);',
      'dOut = this.layers[l].backward(dOut);',
    ]);
    for (const { file, lines } of [...conv.path, ...conv.equations]) {
      const source = readFileSync(file, 'utf8').split('\n');
      for (const { number, text } of lines) expect(source[number - 1].trim()).toBe(text);
    }
    const tags = conv.equations[0].lines.flatMap(({ text }) => text.match(/\((conv\.\d)\)$/)?.[1] ?? []);
    expect(tags).toEqual(['conv.3', 'conv.5', 'conv.4']);
  });

  test('how far Adam moves a parameter in its first step: its learning rate at most', () => {
    const [step] = named("G's update", 'generator: Adam.step');
    // By (adam.4) with m̂ = g and v̂ = g² it is learningRate · g / (|g| + eps).
    expect(row(step, 'Δ 7.bias')).toMatchObject({ zeros: 0, norm: expect.closeTo(0.003, 5) });
  });

  test('the same numbers as without being watched, and nothing is left behind', () => {
    const [watched, alone] = [prepare(gan, options), prepare(gan, options)];
    record(watched);
    alone.step();
    for (const [name, { parameters, layers = [] }] of Object.entries(watched.networks)) {
      for (const [p, { value }] of parameters.entries()) {
        expect(value.data).toEqual(alone.networks[name].parameters[p].value.data);
      }
      for (const layer of layers) expect(Object.hasOwn(layer, 'backward')).toBe(false);
    }
    expect(watched.step()).toEqual(alone.step());
  });

  test('steps before the one that is shown train the model', () => {
    const of = (after: number) => prepare(gan, { ...options, after }).networks.generator.parameters[0].value.data;
    expect(of(1)).not.toEqual(of(0));
  });

  test.each([
    ['perceptron', ['optimizer']],
    ['gan-mlp', ['discriminator_optimizer', 'generator_optimizer']],
  ])('%s: a checkpoint of a run is stepped through as it is there', async (name, optimizerNames) => {
    const folder = join(emptyFolder(), 'run');
    train(name, '--images', '130', '--epochs', '1', '--save-every', '1', '--out', folder);
    const opened = openCheckpoint(folder);
    const { networks, optimizers, step } = await prepareFrom(opened, options);
    const parts = [
      ...Object.entries(networks).map(([owner, { parameters }]) => [owner, parameters] as const),
      ...optimizers.map(({ state }, o) => [optimizerNames[o], state] as const),
    ];
    const there = new Map(
      parts.flatMap(([owner, part]) => part.map(({ name, value }) => [`${owner}.${name}`, value.data])),
    );
    const saved = [...opened.checkpoint.tensors].filter(([tensor]) => there.has(tensor));
    expect(saved).toHaveLength(there.size);
    for (const [tensor, { data }] of saved) expect(there.get(tensor), tensor).toEqual(data);
    const { learningRates } = JSON.parse(opened.checkpoint.metadata.get('state') ?? '');
    expect(Object.values(learningRates).toSorted()).toEqual(optimizers.map((o) => o.learningRate).toSorted());
    expect(step()).toEqual((await prepareFrom(opened, options)).step());
  });

  test.each(models.map((model) => [model.name, model] as const))(
    '%s: no page is wider than the terminal, and each fits 80 × 24 with the line of the keys',
    (_, model) => {
      const calls = record(prepare(model, options));
      expect(calls.at(-1)?.title).toMatch(/\.step, how far/);
      const perLayer = calls.filter(({ title }) => title.endsWith('.backward'));
      expect(perLayer.length).toBeGreaterThan(1);
      for (const { title, path, equations } of perLayer) {
        expect(path.length, title).toBeGreaterThan(0);
        expect(
          equations[0].lines.some(({ text }) => /\([a-z]+\.\d+\)$/.test(text)),
          title,
        ).toBe(true);
      }
      for (const [index, { title }] of calls.entries()) {
        expect(pageOf(calls, index, { ...colourful, height: 23 }).length, title).toBeLessThanOrEqual(23);
        for (const width of [80, 120]) {
          for (const line of pageOf(calls, index, { ...colourful, width })) {
            expect(widthOf(visible(line)), visible(line)).toBeLessThanOrEqual(width);
          }
        }
      }
    },
  );
});

describe('statisticsOf', () => {
  test('by hand', () => {
    expect(
      statisticsOf(
        tensor([
          [3, 0],
          [-4, 0],
        ]),
      ),
    ).toEqual({ shape: [2, 2], norm: 5, least: -4, largest: 3, zeros: 0.5 });
  });

  test('a NaN is not lost', () => {
    expect(statisticsOf(tensor([1, Number.NaN, 2]))).toMatchObject({ norm: NaN, least: NaN, largest: NaN });
  });

  test.each([
    [0, '0'],
    [1234.56, '1235'],
    [-0.0012345, '-0.001234'],
    [0.00099999, '1.000e-3'],
    [1.2e-7, '1.20e-7'],
    [1e9, '1.00e+9'],
    [Number.NaN, 'NaN'],
  ])('figure(%s) is %s', (value, text) => {
    expect(figure(value)).toBe(text === '1.000e-3' ? '0.001000' : text);
  });
});

describe('toCharacters', () => {
  test('two rows in a line, paper and ink', () => {
    expect(
      toCharacters(
        tensor([
          [
            [
              [-1, 1, 0],
              [-1, 1, 0],
              [1, -1, 1],
            ],
          ],
        ]),
        false,
      ),
    ).toEqual([' @+', '@ @']);
  });

  test('signs, and nothing for what is near zero', () => {
    expect(toCharacters(tensor([[[[-10, -3, 0.5, 3, 10]]]]), true)).toEqual(['=- +#']);
    expect(toCharacters(tensor([[[[0, 0]]]]), true)).toEqual(['  ']);
  });
});

describe('npm run step', () => {
  const step = (flags: string[], env: Record<string, string> = {}, preloaded: string[] = []) => {
    const preloads = ['ts-blank-space/register', ...preloaded].flatMap((each) => ['--import', each]);
    const args = [...preloads, 'scripts/step.ts', ...flags];
    return spawnSync(process.execPath, args, {
      encoding: 'utf8',
      input: '',
      env: { ...process.env, NO_COLOR: '', ...env },
    });
  };

  test('without a terminal everything is printed at once, without colours', () => {
    const { status, stdout, stderr } = step(['--model', 'gan-mlp', '--batch-size', '2']);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).not.toContain('\x1b');
    const counts = [...stdout.matchAll(/ (\d+) of (\d+)$/gm)];
    expect(counts.map(([, index]) => Number(index))).toEqual(counts.map((_, i) => i + 1));
    expect(counts.length).toBe(Number(counts[0][2]));
    expect(stdout).toMatch(/^dOut +\[2, 784\]/m);
    expect(stdout).toContain('- and =, below zero: a brighter pixel lowers the loss.');
  });

  test('what is shown is what computes: a step takes none of the fast loops', () => {
    const kernels = pathToFileURL(resolve('src/kernels/index.ts'));
    const withoutAdam = `data:text/javascript,
      import { kernels } from '${kernels}';
      kernels.fastLoops.adam = () => { throw new Error('a fast loop'); };`;
    const flags = ['--model', 'gan-mlp', '--batch-size', '2'];
    expect(step(flags, {}, [withoutAdam]).status).toBe(0);
    expect(step([...flags, '--after', '1'], {}, [withoutAdam]).stderr).toContain('a fast loop');
  });

  test('a wrong flag is named', () => {
    const { status, stderr } = step(['--model', 'dcgan']);
    expect(status).toBe(2);
    expect(stderr).toContain('step: --model must be one of perceptron, mlp');
  });
});

/** Whether util-linux's script, which gives a command a terminal, is here. */
const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false;
if (!hasScript) console.warn("util-linux's script is not here: the keys of npm run step are not tried.");

describe.skipIf(!hasScript)('npm run step in a terminal', () => {
  /** The pages that are shown when one key is pressed on each, and the exit status. */
  const press = (keys: readonly string[]) =>
    new Promise<{ shown: number[]; text: string; status: number | null }>((resolve) => {
      const command = 'stty cols 80 rows 24; node --import ts-blank-space/register scripts/step.ts --model perceptron';
      // Where CI is set, Node expects no colours of a terminal.
      const { CI: _, ...env } = process.env;
      const child = spawn('script', ['-qec', command, '/dev/null'], { env: { ...env, TERM: 'xterm-256color' } });
      const left = [...keys];
      let [text, page] = ['', ''];
      child.stdout.on('data', (data) => {
        text += data;
        page += data;
        // The line of keys is the last thing on a page.
        if (!page.includes('q: quit')) return;
        page = '';
        child.stdin.write(left.shift() ?? 'q');
      });
      child.on('exit', (status) => {
        const shown = [...text.matchAll(/ (\d+) of 8/g)].map(([, index]) => Number(index));
        resolve({ shown, text, status });
      });
    });

  test('Enter goes on, b goes back but not before the first page, q quits', async () => {
    const { shown, status } = await press(['b', '\r', '\r', 'b', ' ', 'q']);
    expect(shown).toEqual([1, 1, 2, 3, 2, 3]);
    expect(status).toBe(0);
  });

  test('Enter on the last page ends it', async () => {
    const { shown, status } = await press(Array(8).fill('\r'));
    expect(shown).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(status).toBe(0);
  });

  test('a prints all the rest, in colours', async () => {
    const { shown, text, status } = await press(['\r', 'a']);
    expect(shown).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(text).toContain('▀');
    expect(status).toBe(0);
  });

  test('Ctrl-C quits', async () => {
    expect(await press(['\x03'])).toMatchObject({ shown: [1], status: 0 });
  });
});
