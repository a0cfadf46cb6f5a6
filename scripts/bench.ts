import { writeFileSync } from 'node:fs';
import os from 'node:os';
import type { KernelName } from '../src/kernels/index.ts';
import { type CProgram, startCProgram, startPytorch } from './bench/competitors.ts';
import { alternate, type Contestant, median, type Rounds, ratio } from './bench/measure.ts';
import { loadOthers, type OtherName, type Others } from './bench/others.ts';
import { convolutions, type KernelWork, products, withKernels } from './bench/products.ts';
import { profile } from './bench/profile.ts';
import { measureSteps, peakMemory } from './bench/steps.ts';
import { switchTo } from './bench/switch-to.ts';
import { heading, percent, row, threeDigits, wrap } from './bench/table.ts';
import { BATCH, workloads } from './bench/workloads.ts';
import { choice, filePath, onRequest, optional, readFlags, wholeNumber } from './flags.ts';
import { describeKernels, installedBlas } from './kernels.ts';
import { reportErrors } from './report-errors.ts';

const about = `Measures this machine: products and convolutions, and training steps of every model, with each of the kernels. Where
there is a Python with PyTorch, it trains the same networks, in turn with ours. Nothing else should be running.`;

const benchFlags = {
  kernels: optional(choice('blas', 'these kernels alone (all that are there)', ['blas', 'wasm', 'loops'])),
  threads: wholeNumber('1', 'how many threads the kernels, the C program and PyTorch compute on', 1, 64),
  model: optional(
    choice(
      'gan',
      'one model alone',
      workloads.map(({ name }) => name),
    ),
  ),
  profile: onRequest('where the time of a step goes, layer by layer, in place of the tables'),
  compare: onRequest('products in tfjs and jax-js too, which are fetched into node_modules/.bench (67 MB)'),
  quick: onRequest('a small part, in seconds: to see that it runs, not for numbers'),
  json: optional(filePath('also write what was measured to FILE')),
};

reportErrors('bench');
const flags = readFlags('bench', about, benchFlags, process.argv.slice(2));
const { threads, quick } = flags;
const kernels = flags.kernels ? [flags.kernels] : kernelsThatAreThere();
/** How many seconds each row takes. */
const SECONDS = quick ? 0.05 : 2;

const machine = {
  processor: os.cpus()[0].model.trim(),
  cores: os.cpus().length,
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
  kernels: kernels.map(describeKernels),
  threads,
  date: new Date().toISOString().slice(0, 10),
};
console.log(wrap(`${machine.processor}, ${machine.cores} cores, ${machine.platform}, Node ${machine.node}.`));
console.log(wrap(`Kernels: ${machine.kernels.join(', ')}. Threads: ${threads}.`));

const chosen = workloads.filter(({ name }) =>
  flags.model === undefined ? !quick || ['mlp', 'gan-mlp'].includes(name) : name === flags.model,
);
const report = flags.profile
  ? { machine, profiles: await profiles() }
  : { machine, ...(flags.model === undefined && (await kernelTables())), steps: await stepTable() };
if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(report, null, 2)}\n`);

/** Products and convolutions, each with the GFLOP/s of whoever is there. */
async function kernelTables() {
  const program = kernels.includes('blas') ? startCProgram(threads) : undefined;
  const others = flags.compare ? await loadOthers() : undefined;
  const productRows = [];
  for (const work of products(quick)) productRows.push(await rates(work, program, others));
  program?.end();
  const convolutionRows = [];
  for (const work of convolutions(quick, BATCH)) convolutionRows.push(await rates(work));

  const peak = Math.max(...productRows.flatMap(({ gflops }) => Object.values(gflops)));
  const columns = [...(program ? (['C'] as const) : []), ...kernels, ...(others ? (['tfjs', 'jax-js'] as const) : [])];
  const keys: Record<string, Name> = { C: 'C', tfjs: 'tfjs-wasm', 'jax-js': 'jax-js-wasm' };
  const table = (title: string, names: readonly string[], rows: readonly { name: string; gflops: Rates }[]) => {
    const widths = names.map((column) => (column in keys ? 8 : 12));
    console.log(row(title, names, widths));
    for (const { name, gflops } of rows) {
      const cells = names.map((column) => {
        const rate = gflops[keys[column] ?? (column as KernelName)];
        if (rate === undefined) return undefined;
        return column in keys ? threeDigits(rate) : `${threeDigits(rate)} ${percent(rate / peak).padStart(5)}`;
      });
      console.log(row(name, cells, widths));
    }
  };
  console.log(heading('Products and convolutions in float32, GFLOP/s and share of the peak'));
  table('M × K × N', columns, productRows);
  console.log();
  table(`in → out channels, ${BATCH} images`, kernels, convolutionRows);
  const c = program ? 'C is the BLAS called from a C program. ' : '';
  console.log(
    `\n${wrap(`The peak is the fastest product: ${threeDigits(peak)} GFLOP/s. ${c}A convolution is counted as it is defined, and all that it takes is in its time. Minimal filtering does with fewer multiplications, so that it can be above the peak.`)}`,
  );
  return { peak, products: productRows, convolutions: convolutionRows };
}

type Name = KernelName | OtherName | 'C';
type Rates = Partial<Record<Name, number>>;

async function rates(work: KernelWork, program?: CProgram, others?: Others) {
  const contestants: Contestant<Name>[] = kernels.map((name) => withKernels(name, threads, work));
  if (program && work.product) {
    const [M, N, K] = work.product;
    contestants.push({ name: 'C', run: (count) => program.products(M, N, K, count) });
  }
  if (others) contestants.push(...others(work));
  const gflops = eachMedian(await alternate(contestants, SECONDS), (seconds) => work.operations / seconds / 1e9);
  return { name: work.name, operations: work.operations, gflops };
}

/** Steps a second of each model, and how its time compares with PyTorch's. */
async function stepTable() {
  const pytorch = startPytorch();
  const columns = [
    ...kernels.map((name) => `${name} /s`),
    ...(pytorch ? ['PyTorch /s', ...kernels.filter((name) => name !== 'loops').map((name) => `${name} ÷`)] : []),
    'MiB',
  ];
  const widths = columns.map((column) => Math.max(column.length + 2, 9));
  console.log(heading(`Training steps a second, batches of ${BATCH}`));
  console.log(row('model', columns, widths));
  const rows = [];
  for (const workload of chosen) {
    const { name } = workload;
    const rounds = await measureSteps(workload, kernels, threads, pytorch, SECONDS * 3);
    const stepsPerSecond = eachMedian(rounds, (seconds) => 1 / seconds);
    const ratios = ratiosTo('pytorch', rounds);
    const mebibytes = Math.round(peakMemory(name, kernels[0], threads, quick ? 1 : 50));
    rows.push({ name, stepsPerSecond, timeOverPytorchs: ratios, peakMebibytes: mebibytes });
    const cells = [
      ...kernels.map((each) => stepsPerSecond[each]),
      ...(pytorch
        ? [stepsPerSecond.pytorch, ...kernels.filter((each) => each !== 'loops').map((each) => ratios[each])]
        : []),
      mebibytes,
    ].map((value) => (value === undefined ? undefined : threeDigits(value)));
    console.log(row(name, cells, widths));
  }
  pytorch?.end();
  const compared = pytorch
    ? `PyTorch ${pytorch.version} trains the same networks on as many threads; ÷ is the time of our step over that of PyTorch's, the median over pairs of turns. `
    : 'There is no Python with PyTorch to compare with (HANDGRAD_PYTHON may name one). ';
  const told = pytorch?.coreType
    ? `It was started with OPENBLAS_CORETYPE=${pytorch.coreType}, so that an OpenBLAS in it takes the kernels that ours takes. `
    : '';
  console.log(
    `\n${wrap(`${compared}${told}MiB is the most memory that a process takes that trains the model with the kernels ${kernels[0]}, Node itself included.`)}`,
  );
  return { pytorch: pytorch?.version, pytorchCoreType: pytorch?.coreType, rows };
}

async function profiles() {
  const name = kernels[0];
  await switchTo(name, threads);
  const widths = [12, 12, 10];
  const reports = [];
  for (const workload of chosen) {
    const measured = profile(workload.create(), quick ? 2 : name === 'loops' ? 3 : 100);
    const { layers, step } = measured;
    console.log(heading(`${workload.name}: a step of ${threeDigits(step)} ms with ${name}`));
    console.log(row('', ['forward ms', 'backward ms', 'share'], widths));
    for (const { name, forward, backward } of layers) {
      const times = [threeDigits(forward), threeDigits(backward), percent((forward + backward) / step)];
      console.log(row(name, times, widths));
    }
    console.log(row('optimizers', ['', threeDigits(measured.optimizers), percent(measured.optimizers / step)], widths));
    console.log(row('losses, noise, checks', ['', threeDigits(measured.rest), percent(measured.rest / step)], widths));
    console.log(wrap(`Products and convolutions take ${percent(measured.kernels / step)} of the step.`));
    reports.push({ model: workload.name, kernels: name, milliseconds: measured });
  }
  return reports;
}

function kernelsThatAreThere(): readonly KernelName[] {
  const portable = quick ? (['wasm'] as const) : (['wasm', 'loops'] as const);
  return installedBlas() ? ['blas', ...portable] : portable;
}

/** A number of the median seconds of each that was measured. */
function eachMedian<N extends string>(
  rounds: Rounds<N>,
  number: (seconds: number) => number,
): Partial<Record<N, number>> {
  const out: Partial<Record<N, number>> = {};
  for (const name in rounds) out[name] = number(median(rounds[name] ?? []));
  return out;
}

function ratiosTo<N extends string>(reference: NoInfer<N>, rounds: Rounds<N>): Partial<Record<N, number>> {
  const out: Partial<Record<N, number>> = {};
  const times = rounds[reference];
  for (const name in rounds) {
    const own = rounds[name];
    if (own && times && name !== reference) out[name] = ratio(own, times);
  }
  return out;
}
