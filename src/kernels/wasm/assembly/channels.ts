// The loops of src/layers/channels.ts and batch-norm.ts for float32, most of them in double precision, two entries at a
// time.
//
// A row holds the entries that a sample has in one channel. `count` entries are whole rows, the first of them of channel
// `channel`, the others of one channel after the other. What belongs to the channels is in arrays f64[C]. Up to a vector
// behind the last entry is read, and not used.

import { pair, storePair } from './pairs';

/** How many channels there are. */
let C: i32 = 0;
/** How many entries a row has. */
let size: i32 = 0;

export function setChannels(channels: i32, rowSize: i32): void {
  C = channels;
  size = rowSize;
}

/** sums[c] += Σ x. Four sums run side by side, since each addition waits for the one before. */
export function channelSums(channel: i32, count: i32, x: usize, sums: usize): void {
  if (size === 1) {
    columnSums(channel, count, x, sums);
    return;
  }
  for (let left = count; left > 0; left -= size) {
    let sum0 = f64x2.splat(0);
    let sum1 = sum0;
    let sum2 = sum0;
    let sum3 = sum0;
    let i = 0;
    for (; i + 8 <= size; i += 8) {
      sum0 = f64x2.add(sum0, pair(x));
      sum1 = f64x2.add(sum1, pair(x + 8));
      sum2 = f64x2.add(sum2, pair(x + 16));
      sum3 = f64x2.add(sum3, pair(x + 24));
      x += 32;
    }
    let sum = total(sum0, sum1, sum2, sum3);
    for (; i < size; i++) {
      sum += f64x2.extract_lane(pair(x), 0);
      x += 4;
    }
    addTo(sums + 8 * channel, sum);
    channel = channelAfter(channel);
  }
}

/** The same where each row is one entry: entries side by side are of different channels. */
function columnSums(channel: i32, count: i32, x: usize, sums: usize): void {
  for (let left = count; left > 0; ) {
    const run = min(left, C - channel);
    let at = sums + 8 * channel;
    let i = 0;
    for (; i + 2 <= run; i += 2) {
      v128.store(at, f64x2.add(v128.load(at), pair(x)));
      at += 16;
      x += 8;
    }
    if (i < run) {
      addTo(at, f64(load<f32>(x)));
      x += 4;
    }
    left -= run;
    channel = 0;
  }
}

/** sums[c] += Σ (a − mean[c]) · (b − mean[c]) */
export function channelProducts(channel: i32, count: i32, a: usize, b: usize, mean: usize, sums: usize): void {
  for (let left = count; left > 0; left -= size) {
    const mu = v128.load64_splat(mean + 8 * channel);
    let sum0 = f64x2.splat(0);
    let sum1 = sum0;
    let sum2 = sum0;
    let sum3 = sum0;
    let i = 0;
    for (; i + 8 <= size; i += 8) {
      sum0 = f64x2.add(sum0, product(a, b, mu));
      sum1 = f64x2.add(sum1, product(a + 8, b + 8, mu));
      sum2 = f64x2.add(sum2, product(a + 16, b + 16, mu));
      sum3 = f64x2.add(sum3, product(a + 24, b + 24, mu));
      a += 32;
      b += 32;
    }
    let sum = total(sum0, sum1, sum2, sum3);
    for (; i < size; i++) {
      sum += f64x2.extract_lane(product(a, b, mu), 0);
      a += 4;
      b += 4;
    }
    addTo(sums + 8 * channel, sum);
    channel = channelAfter(channel);
  }
}

/** out += b */
export function addPerChannel(channel: i32, count: i32, out: usize, b: usize): void {
  for (let left = count; left > 0; left -= size) {
    const bias = f32(load<f64>(b + 8 * channel));
    let i = 0;
    for (; i + 4 <= size; i += 4) {
      v128.store(out, f32x4.add(v128.load(out), f32x4.splat(bias)));
      out += 16;
    }
    for (; i < size; i++) {
      store<f32>(out, load<f32>(out) + bias);
      out += 4;
    }
    channel = channelAfter(channel);
  }
}

// Batch norm writes a row in pairs, where need be with one entry of what is to be the next row.

/**
 * xHat = (x − mean) · inverse                                                                               (bn.3)
 * out = gamma · xHat + beta                                                                                 (bn.4)
 *
 * The four of each channel are at perChannel, one array behind the other.
 */
export function batchNorm(channel: i32, count: i32, x: usize, perChannel: usize, xHat: usize, out: usize): void {
  const rowBytes = 4 * size;
  const end = x + 4 * count;
  while (x < end) {
    const at = perChannel + 8 * channel;
    const mean = v128.load64_splat(at);
    const inverse = v128.load64_splat(at + 8 * C);
    const gamma = v128.load64_splat(at + 16 * C);
    const beta = v128.load64_splat(at + 24 * C);
    for (let i = 0; i < rowBytes; i += 8) {
      const normalised = f64x2.mul(f64x2.sub(pair(x + i), mean), inverse);
      storePair(xHat + i, normalised);
      storePair(out + i, f64x2.add(f64x2.mul(gamma, normalised), beta));
    }
    x += rowBytes;
    xHat += rowBytes;
    out += rowBytes;
    channel = channelAfter(channel);
  }
}

/**
 * dX = scale · (dOut − shiftShare − xHat · scaleShare)                                                (bn.8), (bn.9)
 *
 * The three of each channel are at perChannel, one array behind the other.
 */
export function batchNormBackward(
  channel: i32,
  count: i32,
  dOut: usize,
  xHat: usize,
  perChannel: usize,
  dX: usize,
): void {
  const rowBytes = 4 * size;
  const end = dOut + 4 * count;
  while (dOut < end) {
    const at = perChannel + 8 * channel;
    const scale = v128.load64_splat(at);
    const shiftShare = v128.load64_splat(at + 8 * C);
    const scaleShare = v128.load64_splat(at + 16 * C);
    for (let i = 0; i < rowBytes; i += 8) {
      const shifted = f64x2.sub(pair(dOut + i), shiftShare);
      storePair(dX + i, f64x2.mul(scale, f64x2.sub(shifted, f64x2.mul(pair(xHat + i), scaleShare))));
    }
    dOut += rowBytes;
    xHat += rowBytes;
    dX += rowBytes;
    channel = channelAfter(channel);
  }
}

function channelAfter(channel: i32): i32 {
  return channel + 1 === C ? 0 : channel + 1;
}

function product(a: usize, b: usize, mu: v128): v128 {
  return f64x2.mul(f64x2.sub(pair(a), mu), f64x2.sub(pair(b), mu));
}

function total(sum0: v128, sum1: v128, sum2: v128, sum3: v128): f64 {
  const pairs = f64x2.add(f64x2.add(sum0, sum1), f64x2.add(sum2, sum3));
  return f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1);
}

function addTo(address: usize, sum: f64): void {
  store<f64>(address, load<f64>(address) + sum);
}
