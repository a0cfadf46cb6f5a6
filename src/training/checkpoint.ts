import type { Layer } from '../layers/layer.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { Schedule } from '../optimizers/schedules/schedule.ts';
import { firstNotFinite } from '../tensor/checks.ts';
import { Random, type RandomState } from '../tensor/random.ts';
import { copy, dtypeOf, show, type Tensor } from '../tensor/tensor.ts';
import type { MovingAverage } from './moving-average.ts';
import type { Safetensors } from './safetensors.ts';

/** Everything that training changes or needs again, each under a name of its own. */
export interface TrainingState {
  /** Their parameters and buffers are saved as '<name>.0.weight', the rest of it as PyTorch names it. */
  readonly networks: Readonly<Record<string, Layer>>;
  readonly optimizers: Readonly<Record<string, Optimizer>>;
  readonly schedules?: Readonly<Record<string, Schedule>>;
  /** The networks that they average are to be among the networks. */
  readonly averages?: Readonly<Record<string, MovingAverage>>;
  /** Beside those that layers of the networks draw from, which are found. */
  readonly randoms?: Readonly<Record<string, Random>>;
  /** Such as the noise that every picture is made from. */
  readonly tensors?: Readonly<Record<string, Tensor>>;
}

/**
 * The state as it is now, copied, and whatever the caller notes beside it (JSON). Training that is given it back with
 * restoreCheckpoint goes on with the same numbers, bit for bit.
 *
 * Throws a RangeError where a network holds a NaN or an infinity: from there nothing can be trained.
 */
export function createCheckpoint(training: TrainingState, notes: unknown): Safetensors {
  const tensors = new Map<string, Tensor>();
  for (const [name, value] of tensorsOf(training)) {
    if (tensors.has(name)) throw new RangeError(`createCheckpoint: there are two tensors called ${name}`);
    tensors.set(name, copy(value));
  }
  for (const [name, network] of Object.entries(training.networks)) {
    for (const { name: part, value } of [...network.parameters, ...network.buffers]) {
      const at = firstNotFinite(value);
      if (at !== -1) {
        throw new RangeError(`${name}.${part} holds ${value.data[at]}, which is no state to go on from`);
      }
    }
  }
  const numbers: Numbers = {
    learningRates: mapValues(training.optimizers, ({ learningRate }) => learningRate),
    schedules: mapValues(training.schedules ?? {}, ({ t }) => t),
    averages: mapValues(training.averages ?? {}, ({ updates }) => updates),
    randoms: randomsOf(training).map(({ state }) => state),
  };
  return {
    tensors,
    metadata: new Map([
      ['handgrad', KIND],
      ['state', JSON.stringify(numbers)],
      ['notes', JSON.stringify(notes ?? null)],
    ]),
  };
}

/**
 * Puts everything back as it was when the checkpoint was made. Returns the notes.
 *
 * Throws a RangeError where the checkpoint is none of this training; nothing has been changed then.
 */
export function restoreCheckpoint(training: TrainingState, checkpoint: Safetensors): unknown {
  const notes = notesOf(checkpoint);
  const numbers = parse(checkpoint, 'state') as Partial<Numbers>;
  const ours = tensorsOf(training);
  for (const [name, value] of ours) {
    const theirs = checkpoint.tensors.get(name);
    if (!theirs) throw foreign(`it has no ${name}`);
    const [there, here] = [theirs, value].map((t) => `${dtypeOf(t)} ${show(t.shape)}`);
    if (there !== here) throw foreign(`its ${name} is ${there}, and here it is ${here}`);
  }
  const names = new Set(ours.map(([name]) => name));
  for (const name of checkpoint.tensors.keys()) if (!names.has(name)) throw foreign(`here there is no ${name}`);

  const learningRates = checkNumbers('learning rate', training.optimizers, numbers.learningRates, isRate);
  const steps = checkNumbers('count of steps', training.schedules ?? {}, numbers.schedules, isCount);
  const updates = checkNumbers('count of updates', training.averages ?? {}, numbers.averages, isCount);
  const randoms = randomsOf(training);
  const states = Array.isArray(numbers.randoms) ? numbers.randoms : [];
  if (states.length !== randoms.length) {
    throw foreign(`it has ${states.length} states of random generators, and here are ${randoms.length}`);
  }
  const trial = new Random(0);
  for (const state of states) trial.state = state;

  for (const [name, { data }] of ours) data.set(checkpoint.tensors.get(name)?.data ?? []);
  for (const network of Object.values(training.networks)) {
    for (const parameter of network.parameters) parameter.changed();
  }
  for (const [name, optimizer] of Object.entries(training.optimizers)) optimizer.learningRate = learningRates[name];
  for (const [name, schedule] of Object.entries(training.schedules ?? {})) schedule.t = steps[name];
  for (const [name, average] of Object.entries(training.averages ?? {})) average.updates = updates[name];
  for (const [index, random] of randoms.entries()) random.state = states[index];
  return notes;
}

/** What createCheckpoint was told to note. Throws a RangeError where the file is no checkpoint. */
export function notesOf(checkpoint: Safetensors): unknown {
  if (checkpoint.metadata.get('handgrad') !== KIND) {
    throw new RangeError('it holds tensors, but it is no checkpoint that this version of handgrad has written');
  }
  return parse(checkpoint, 'notes');
}

const KIND = 'checkpoint 1';

/** What is no tensor. JSON keeps a number to its last bit. */
interface Numbers {
  readonly learningRates: Readonly<Record<string, number>>;
  readonly schedules: Readonly<Record<string, number>>;
  readonly averages: Readonly<Record<string, number>>;
  readonly randoms: readonly RandomState[];
}

function tensorsOf({ networks, optimizers, tensors = {} }: TrainingState): readonly (readonly [string, Tensor])[] {
  const within = (owner: string) => (part: { readonly name: string; readonly value: Tensor }) =>
    [`${owner}.${part.name}`, part.value] as const;
  return [
    ...Object.entries(networks).flatMap(([name, { parameters, buffers }]) => [
      ...parameters.map(within(name)),
      ...buffers.map(within(name)),
    ]),
    ...Object.entries(optimizers).flatMap(([name, { state }]) => state.map(within(name))),
    ...Object.entries(tensors),
  ];
}

/** Each generator once, though most layers share one. */
function randomsOf({ networks, randoms = {} }: TrainingState): readonly Random[] {
  const inside = (layer: Layer): readonly Layer[] => [layer, ...(layer.layers ?? []).flatMap(inside)];
  const ofLayers = Object.values(networks)
    .flatMap(inside)
    .flatMap(({ random }) => (random ? [random] : []));
  return [...new Set([...Object.values(randoms), ...ofLayers])];
}

function mapValues<Value>(record: Readonly<Record<string, Value>>, number: (value: Value) => number) {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, number(value)]));
}

function checkNumbers(
  what: string,
  ours: Readonly<Record<string, unknown>>,
  theirs: Readonly<Record<string, number>> | undefined,
  fits: (value: unknown) => boolean,
): Readonly<Record<string, number>> {
  const found = theirs ?? {};
  if (Object.keys(found).sort().join() !== Object.keys(ours).sort().join()) {
    throw foreign(`it has a ${what} for [${Object.keys(found)}], and here are [${Object.keys(ours)}]`);
  }
  for (const [name, value] of Object.entries(found)) {
    if (!fits(value)) throw foreign(`the ${what} of ${name} cannot be ${JSON.stringify(value)}`);
  }
  return found;
}

function isRate(value: unknown): boolean {
  return typeof value === 'number' && value >= 0;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function parse({ metadata }: Safetensors, key: string): unknown {
  try {
    return JSON.parse(metadata.get(key) ?? '');
  } catch {
    throw new RangeError(`it is no whole checkpoint: its ${key} cannot be read`);
  }
}

function foreign(what: string): RangeError {
  return new RangeError(`it is no checkpoint of this training: ${what}`);
}
