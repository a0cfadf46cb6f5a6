import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Random } from '../../src/tensor/random.ts';
import { type Contestant, timed } from './measure.ts';
import type { KernelWork } from './products.ts';

// Fetched when they are asked for, and no dependencies: together they weigh 67 MB. In a folder of their own, so that
// nothing else in node_modules moves.
const PACKAGES = {
  '@tensorflow/tfjs-core': '4.22.0',
  '@tensorflow/tfjs-backend-wasm': '4.22.0',
  '@tensorflow/tfjs-backend-cpu': '4.22.0',
  '@jax-js/jax': '0.1.25',
};
const home = fileURLToPath(new URL('../../node_modules/.bench', import.meta.url));

export type OtherName = 'tfjs-wasm' | 'jax-js-wasm';

/** Other JavaScript libraries, ready to multiply. */
export type Others = (work: KernelWork) => readonly Contestant<OtherName>[];

/** Fetches them where they are not there yet. Throws a RangeError where that fails. */
export async function loadOthers(): Promise<Others> {
  fetchPackages();
  const [tfjs, jax] = [await loadTfjs(), await loadJax()];
  return ({ product }) => (product ? [tfjs(...product), jax(...product)] : []);
}

function fetchPackages(): void {
  const there = Object.entries(PACKAGES).every(([name, version]) => {
    const manifest = `${home}/node_modules/${name}/package.json`;
    return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === version;
  });
  if (there) return;
  mkdirSync(home, { recursive: true });
  const flags = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
  const packages = Object.entries(PACKAGES).map(([name, version]) => `${name}@${version}`);
  // On Windows npm is a script, which only a shell runs.
  const shell = process.platform === 'win32';
  // What npm says goes to standard error: standard output is for the tables.
  const stdio = ['ignore', 2, 2] as const;
  const { status } = spawnSync('npm', ['install', '--prefix', home, ...flags, ...packages], {
    stdio: [...stdio],
    shell,
  });
  if (status !== 0) {
    throw new RangeError(
      'tfjs and jax-js could not be fetched; npm has said why. They need the network the first time.',
    );
  }
}

type Multiply = (M: number, N: number, K: number) => Contestant<OtherName>;

interface TfjsTensor {
  dataSync(): Float32Array;
  dispose(): void;
}

interface Tfjs {
  setBackend(name: string): Promise<boolean>;
  tensor2d(data: Float32Array, shape: readonly number[]): TfjsTensor;
  matMul(a: TfjsTensor, b: TfjsTensor): TfjsTensor;
}

async function loadTfjs(): Promise<Multiply> {
  const tf: Tfjs = await load('@tensorflow/tfjs-core/dist/tf-core.node.js');
  await load('@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.node.js');
  if (!(await tf.setBackend('wasm'))) throw new RangeError('tfjs: its WebAssembly backend does not start here');
  return (M, N, K) => {
    const [a, b] = [tf.tensor2d(numbers(M * K), [M, K]), tf.tensor2d(numbers(K * N), [K, N])];
    const work = () => {
      const out = tf.matMul(a, b);
      out.dataSync();
      out.dispose();
    };
    return { name: 'tfjs-wasm', run: timed(work) };
  };
}

interface JaxArray {
  readonly ref: JaxArray;
  reshape(shape: readonly number[]): JaxArray;
  data(): Promise<unknown>;
}

interface Jax {
  init(...devices: string[]): Promise<readonly string[]>;
  defaultDevice(device: string): string;
  numpy: { array(data: Float32Array): JaxArray; matmul(a: JaxArray, b: JaxArray): JaxArray };
}

async function loadJax(): Promise<Multiply> {
  const jax: Jax = await load('@jax-js/jax/dist/index.js');
  await jax.init('wasm');
  jax.defaultDevice('wasm');
  return (M, N, K) => {
    const a = jax.numpy.array(numbers(M * K)).reshape([M, K]);
    const b = jax.numpy.array(numbers(K * N)).reshape([K, N]);
    return {
      name: 'jax-js-wasm',
      async run(count) {
        const start = performance.now();
        for (let i = 0; i < count; i++) await jax.numpy.matmul(a.ref, b.ref).data();
        return (performance.now() - start) / 1000;
      },
    };
  };
}

async function load(path: string) {
  const module = await import(pathToFileURL(`${home}/node_modules/${path}`).href);
  return module.default ?? module;
}

function numbers(count: number): Float32Array {
  return new Random(1).normal([count]).data as Float32Array;
}
