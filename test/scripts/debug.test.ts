import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Inspector } from './inspector.ts';

const versionOf = (node: string) => spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? '';

// HANDGRAD_NODES: other versions of Node to debug with, separated as PATH is. CI gives 22 and 24.
const others = (process.env.HANDGRAD_NODES ?? '').split(delimiter).filter(Boolean);
const nodes = [process.execPath, ...others].map((node) => [versionOf(node), node] as const);
const required = process.env.CI === 'true' && process.env.HANDGRAD_REQUIRE === '1';
if (others.length === 0) console.warn('HANDGRAD_NODES names no other Node: debugged with this one alone.');

/** The number of the line that holds a text, from 1. */
function lineWith(file: string, text: string): number {
  return (
    readFileSync(file, 'utf8')
      .split('\n')
      .findIndex((line) => line.includes(text)) + 1
  );
}

type Images = number[][][][];

describe('npm run debug', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  const [, ...args] = scripts.debug.replace('--inspect-brk', '--inspect-brk=127.0.0.1:0').split(' ');

  test.skipIf(!required)('CI debugs with more than one Node', () => {
    expect(nodes.map(([version]) => version.split('.')[0])).toEqual(expect.arrayContaining(['v22', 'v24']));
  });

  test.each(nodes)(
    'Node %s: numbers before and after a line of conv2d.ts, and the stop in backward',
    async (_, node) => {
      const [inspector, start] = await Inspector.attach(node, args);
      try {
        expect(start?.frames[0].url).toMatch(/\/scripts\/debug\/break-in-backward\.ts$/);

        const line = lineWith('src/layers/conv2d.ts', 'kernels.addWeightGradient(');
        const breakpointId = await inspector.breakAt('/src/layers/conv2d\\.ts$', line);
        const before = await inspector.resume();
        if (!before) throw new Error(`it has not stopped: ${inspector.output}`);
        expect(before.frames[0]).toMatchObject({ functionName: 'backward', line });
        const x = await inspector.value<Images>(before, 'x.rows');
        const dOut = await inspector.value<Images>(before, 'dOut.rows');
        const untouched = await inspector.value<Images>(before, 'this.weight.gradient.rows');
        expect([dOut.length, dOut[0].length, dOut[0][0].length, dOut[0][0][0].length]).toEqual([2, 64, 7, 7]);
        expect(dOut.flat(3).every(Number.isFinite)).toBe(true);
        expect(untouched.flat(3).every((value) => value === 0)).toBe(true);

        const after = await inspector.step('Over');
        if (!after) throw new Error(`it has not stopped: ${inspector.output}`);
        expect(after.frames[0]).toMatchObject({ functionName: 'backward', line: line + 2 });
        const gradient = await inspector.value<Images>(after, 'this.weight.gradient.rows');
        // (conv.3) with stride 2 and padding 1, for the tap at the kernel's row 1 and column 2.
        for (const [o, c] of [
          [0, 0],
          [63, 31],
        ]) {
          let sum = 0;
          for (const [n, channels] of dOut.entries()) {
            for (const [i, row] of channels[o].entries()) {
              for (const [j, value] of row.entries()) sum += value * (x[n][c][2 * i - 1 + 1][2 * j - 1 + 2] ?? 0);
            }
          }
          expect(gradient[o][c][1][2]).toBeCloseTo(sum, 5);
          expect(sum).not.toBe(0);
        }

        await inspector.send('Debugger.removeBreakpoint', { breakpointId });
        const stop = await inspector.resume();
        if (!stop) throw new Error(`it has not stopped: ${inspector.output}`);
        const [backward, step] = stop.frames;
        expect(backward.url).toMatch(/\/src\/layers\/sequential\.ts$/);
        expect(backward.line).toBe(lineWith('src/layers/sequential.ts', 'for (let l = this.layers.length - 1'));
        expect(step.url).toMatch(/\/src\/training\/gan-trainer\.ts$/);
        expect(step.line).toBe(
          lineWith('src/training/gan-trainer.ts', 'const dImages = discriminator.backward(dVerdict)'),
        );
        expect(await inspector.value<number[][]>(stop, 'dOut.rows')).toHaveLength(2);
        expect(await inspector.value(stop, 'this.parameters.every(({ frozen }) => frozen)')).toBe(true);
        expect(await inspector.value(stop, "dOut[Symbol.for('debug.description')]()")).toBe('Tensor float32 [2, 1]');

        // The head of the loop takes a few steps of its own.
        let next = await inspector.step('Over');
        for (let i = 0; i < 4 && next?.frames[0].line === backward.line; i++) next = await inspector.step('Over');
        expect(next?.frames[0]).toMatchObject({ functionName: 'backward', line: backward.line + 2 });
        const inside = await inspector.step('Into');
        expect(inside?.frames[0].url).toMatch(/\/src\/layers\/sigmoid\.ts$/);

        // No other stop, up to the end.
        expect(await inspector.resume()).toBeUndefined();
        expect(inspector.process.exitCode).toBe(0);
        expect(inspector.output).toContain('imageGradient');
      } finally {
        inspector.end();
      }
    },
  );
});

describe('.vscode/launch.json', () => {
  const { configurations } = JSON.parse(readFileSync('.vscode/launch.json', 'utf8')) as {
    configurations: {
      name: string;
      runtimeArgs?: string[];
      program: string;
      args?: string[];
      env?: Record<string, string>;
    }[];
  };
  const launch = (name: string, ...more: string[]) => {
    const entry = configurations.find((configuration) => configuration.name === name);
    if (!entry) throw new Error(`there is no entry '${name}'`);
    const { runtimeArgs = [], program, args = [], env } = entry;
    const filled = [program, ...args, ...more].map((text) =>
      text.replace(/^\$\{workspaceFolder\}\//, '').replace(/^\$\{relativeFile\}$/, 'test/layers/activations.test.ts'),
    );
    return { runtimeArgs, filled, env };
  };

  test.each([
    ['Step through one GAN step', []],
    ['Train', ['--out', join(mkdtempSync(join(tmpdir(), 'handgrad-')), 'run')]],
  ])('%s stops by itself in the backward of the discriminator, once, with the loops', async (name, more) => {
    const { runtimeArgs, filled } = launch(name, ...more);
    const [inspector] = await Inspector.attach(process.execPath, [
      '--inspect-brk=127.0.0.1:0',
      ...runtimeArgs,
      ...filled,
    ]);
    try {
      const stop = await inspector.resume();
      expect(stop?.frames[0].url).toMatch(/\/src\/layers\/sequential\.ts$/);
      expect(stop?.frames[1].functionName).toBe('step');
      const breakpointId = await inspector.breakAt(
        '/src/kernels/loops/loops\\.ts$',
        lineWith('src/kernels/loops/loops.ts', 'const out = addTo ??'),
      );
      const kernel = await inspector.resume();
      expect(kernel?.frames[0]).toMatchObject({ functionName: 'matmul' });
      await inspector.send('Debugger.removeBreakpoint', { breakpointId });
      expect(await inspector.resume()).toBeUndefined();
      expect(inspector.process.exitCode).toBe(0);
    } finally {
      inspector.end();
    }
  });

  test('Current test runs the file that is open', () => {
    const { filled, env } = launch('Current test');
    const { status, stdout } = spawnSync(process.execPath, filled, {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
    expect(status, stdout).toBe(0);
    expect(stdout).toContain('test/layers/activations.test.ts');
  });
});
