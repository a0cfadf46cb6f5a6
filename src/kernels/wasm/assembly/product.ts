// out(m, n) += Σ k  a(m, k) · b(k, n), the one product behind everything here.
//
// A matrix is a view: element (r, c) lies at data + rows[r] + columns[c], where rows and columns are tables
// of byte offsets. With tables, a transposed matrix, the patches under a convolution's kernel and the
// scattering of its adjoint are all just matrices, and none of them is ever written out whole.
//
// The loops are those of every fast product (Goto and van de Geijn, "Anatomy of High-Performance Matrix
// Multiplication", 2008). The core multiplies a panel of a few rows of a by a panel of 2 vectors of columns
// of b, and keeps their tile of out in registers, of which a JavaScript engine can use 15 on x86:
//
//   fused multiply-add   6 rows: 12 accumulators, 2 vectors of b, 1 entry of a
//   without it           4 rows: 8 accumulators, 2 vectors of b, 1 entry of a, 1 product
//
// The panels are packed beforehand so that the core reads both from first byte to last:
//
//   a:  panel after panel, each [depth][rows of a tile]
//   b:  panel after panel, each [depth][2 vectors of columns]
//
// and cut into blocks so that they stay in the caches while they are used.

import { allocate, moveTo, position } from './arena';
import { transpose4 } from './transpose';

/** Whether this is the build with fused multiply-add, which rounds once where product and sum round twice. */
const FUSED = ASC_FEATURE_RELAXED_SIMD;

/** Rows in a tile. */
const TILE_ROWS = FUSED ? 6 : 4;

// A panel of b, DEPTH × 32 bytes = 16 KiB, stays in the first-level cache while the panels of a pass by; a block
// of a, ROWS × DEPTH entries = 120 KiB of float32, in the second-level cache; a block of b, DEPTH × COLUMNS
// entries = 1 MiB, there or in the last one. ROWS and COLUMNS are multiples of every tile's.
const DEPTH = 512;
const ROWS = 60;
const COLUMNS = 512;

/**
 * Entries that a table has beyond its own, all like the last, so that the last panel is as wide as the others: what
 * the panels hold there is multiplied like everything else, and addTile leaves it out.
 */
const SPARE = 8;

const TILE_BYTES = TILE_ROWS * 32;

@unmanaged
export class View {
  data: usize;
  /** Where row r begins, in bytes from data: u32[]. */
  rows: usize;
  /** Where column c lies in a row, in bytes: u32[]. */
  columns: usize;
}

export function view(data: usize, rows: usize, columns: usize): View {
  const out = changetype<View>(allocate(offsetof<View>()));
  out.data = data;
  out.rows = rows;
  out.columns = columns;
  return out;
}

/** The part of a matrix that begins at this row and column; data, unless it is the same, lies elsewhere. */
export function part(v: View, data: usize, row: i32, column: i32): View {
  return view(data, v.rows + 4 * row, v.columns + 4 * column);
}

export function transposed(v: View): View {
  return view(v.data, v.columns, v.rows);
}

/** A table of offsets, to be filled, and then lengthened by finish. */
export function table(count: i32): usize {
  return allocate((f64(count) + SPARE) * 4);
}

export function finish(table: usize, count: i32): usize {
  const last = count > 0 ? load<u32>(table + 4 * (count - 1)) : 0;
  for (let i = count; i < count + SPARE; i++) store<u32>(table + 4 * i, last);
  return table;
}

/** The table of an axis whose entries lie `bytes` apart. */
export function evenly(count: i32, bytes: usize): usize {
  const out = table(count);
  for (let i = 0; i < count; i++) store<u32>(out + 4 * i, bytes * i);
  return finish(out, count);
}

/** Columns in a tile. */
function tileColumns<T extends number>(): i32 {
  return 32 / sizeof<T>();
}

/** Lanes in a vector. */
function lanes<T extends number>(): i32 {
  return 16 / sizeof<T>();
}

function roundUp(count: i32, multiple: i32): i32 {
  return ((count + multiple - 1) / multiple) * multiple;
}

/** Where the `which`th of so many shares of an axis begins: at whole tiles, as near as may be. */
export function share(count: i32, which: i32, shares: i32): i32 {
  return min(count, roundUp(i32((i64(count) * which) / shares), 8));
}

/** The most scratch that a product of these sizes, or of parts of it, asks for: panels, and some tables and views. */
export function scratchOf<T extends number>(M: i32, N: i32, K: i32): f64 {
  const longest = max(M, N);
  const panels = f64(roundUp(min(longest, ROWS), TILE_ROWS)) + f64(roundUp(min(longest, COLUMNS), tileColumns<T>()));
  return panels * f64(min(K, DEPTH)) * sizeof<T>() + 1024;
}

/** out [M, N] += a [M, K] · b [K, N]; or out = a · b, where out is fresh. */
export function product<T extends number>(M: i32, N: i32, K: i32, a: View, b: View, out: View, fresh: bool): void {
  if (M <= 0 || N <= 0 || K === 0) return;
  // Tiles that stick out at the edge are computed whole. Where outᵀ = bᵀ · aᵀ has far less of that, as for a
  // single column, it is computed instead; not for less, since then the columns of a tile are not neighbours in out.
  const C = tileColumns<T>();
  const mark = position();
  const straight = f64(roundUp(M, TILE_ROWS)) * f64(roundUp(N, C));
  const turned = f64(roundUp(N, TILE_ROWS)) * f64(roundUp(M, C));
  if (turned * 1.2 < straight) {
    blocks<T>(N, M, K, transposed(b), transposed(a), transposed(out), fresh);
  } else {
    blocks<T>(M, N, K, a, b, out, fresh);
  }
  moveTo(mark);
}

function blocks<T extends number>(M: i32, N: i32, K: i32, a: View, b: View, out: View, fresh: bool): void {
  const C = tileColumns<T>();
  const depthRoom = f64(min(K, DEPTH)) * sizeof<T>();
  const packedA = allocate(f64(roundUp(min(M, ROWS), TILE_ROWS)) * depthRoom);
  const packedB = allocate(f64(roundUp(min(N, COLUMNS), C)) * depthRoom);
  // Where a tile is put together that sticks out, or whose columns do not lie side by side in out.
  const aside = view(allocate(TILE_BYTES), evenly(TILE_ROWS, 32), evenly(C, sizeof<T>()));

  for (let n0 = 0; n0 < N; n0 += COLUMNS) {
    const n1 = min(n0 + COLUMNS, N);
    for (let k0 = 0; k0 < K; k0 += DEPTH) {
      const depth = min(DEPTH, K - k0);
      const first = fresh && k0 === 0;
      pack<T>(b.data, b.columns + 4 * n0, n1 - n0, C, b.rows + 4 * k0, depth, packedB);
      for (let m0 = 0; m0 < M; m0 += ROWS) {
        const m1 = min(m0 + ROWS, M);
        pack<T>(a.data, a.rows + 4 * m0, m1 - m0, TILE_ROWS, a.columns + 4 * k0, depth, packedA);
        let panelB = packedB;
        for (let n = n0; n < n1; n += C) {
          const columns = out.columns + 4 * n;
          const vectors = n + C <= n1 && consecutive<T>(columns) && consecutive<T>(columns + 4 * lanes<T>());
          let panelA = packedA;
          for (let m = m0; m < m1; m += TILE_ROWS) {
            const rows = out.rows + 4 * m;
            const inside = vectors && m + TILE_ROWS <= m1;
            multiply<T>(
              panelA,
              panelB,
              depth,
              inside ? out.data : aside.data,
              inside ? rows : aside.rows,
              inside ? columns : aside.columns,
              first || !inside,
            );
            if (!inside) {
              addTile<T>(aside.data, out.data, rows, min(TILE_ROWS, m1 - m), columns, min(C, n1 - n), first);
            }
            panelA += depth * TILE_ROWS * sizeof<T>();
          }
          panelB += depth * 32;
        }
      }
    }
  }
}

/**
 * The innermost loop of all: panelA [depth, rows] times panelB [depth, 2 vectors], added to the rows of out
 * that `rows` tells (or written there, where out is fresh), at the two vectors where `columns` begins and where
 * it is half through.
 */
function multiply<T extends number>(
  panelA: usize,
  panelB: usize,
  depth: i32,
  out: usize,
  rows: usize,
  columns: usize,
  fresh: bool,
): void {
  let row0Left = i32x4.splat(0);
  let row0Right = row0Left;
  let row1Left = row0Left;
  let row1Right = row0Left;
  let row2Left = row0Left;
  let row2Right = row0Left;
  let row3Left = row0Left;
  let row3Right = row0Left;
  let row4Left = row0Left;
  let row4Right = row0Left;
  let row5Left = row0Left;
  let row5Right = row0Left;
  // One step of depth a round. Engines unroll this by themselves; two steps written out here only mix their
  // loads, for which the registers do not suffice.
  const end = panelB + 32 * depth;
  while (panelB < end) {
    const left = v128.load(panelB);
    const right = v128.load(panelB, 16);
    const a0 = v128.load_splat<T>(panelA);
    row0Left = multiplyAdd<T>(row0Left, a0, left);
    row0Right = multiplyAdd<T>(row0Right, a0, right);
    const a1 = v128.load_splat<T>(panelA, sizeof<T>());
    row1Left = multiplyAdd<T>(row1Left, a1, left);
    row1Right = multiplyAdd<T>(row1Right, a1, right);
    const a2 = v128.load_splat<T>(panelA, 2 * sizeof<T>());
    row2Left = multiplyAdd<T>(row2Left, a2, left);
    row2Right = multiplyAdd<T>(row2Right, a2, right);
    const a3 = v128.load_splat<T>(panelA, 3 * sizeof<T>());
    row3Left = multiplyAdd<T>(row3Left, a3, left);
    row3Right = multiplyAdd<T>(row3Right, a3, right);
    if (TILE_ROWS === 6) {
      const a4 = v128.load_splat<T>(panelA, 4 * sizeof<T>());
      row4Left = multiplyAdd<T>(row4Left, a4, left);
      row4Right = multiplyAdd<T>(row4Right, a4, right);
      const a5 = v128.load_splat<T>(panelA, 5 * sizeof<T>());
      row5Left = multiplyAdd<T>(row5Left, a5, left);
      row5Right = multiplyAdd<T>(row5Right, a5, right);
    }
    panelA += TILE_ROWS * sizeof<T>();
    panelB += 32;
  }

  const left = load<u32>(columns);
  const right = load<u32>(columns + 4 * lanes<T>());
  let row = out + load<u32>(rows);
  addVector<T>(row + left, row0Left, fresh);
  addVector<T>(row + right, row0Right, fresh);
  row = out + load<u32>(rows, 4);
  addVector<T>(row + left, row1Left, fresh);
  addVector<T>(row + right, row1Right, fresh);
  row = out + load<u32>(rows, 8);
  addVector<T>(row + left, row2Left, fresh);
  addVector<T>(row + right, row2Right, fresh);
  row = out + load<u32>(rows, 12);
  addVector<T>(row + left, row3Left, fresh);
  addVector<T>(row + right, row3Right, fresh);
  if (TILE_ROWS === 6) {
    row = out + load<u32>(rows, 16);
    addVector<T>(row + left, row4Left, fresh);
    addVector<T>(row + right, row4Right, fresh);
    row = out + load<u32>(rows, 20);
    addVector<T>(row + left, row5Left, fresh);
    addVector<T>(row + right, row5Right, fresh);
  }
}

function addVector<T extends number>(at: usize, v: v128, fresh: bool): void {
  v128.store(at, fresh ? v : v128.add<T>(v128.load(at), v));
}

function multiplyAdd<T extends number>(sum: v128, a: v128, b: v128): v128 {
  if (FUSED) return v128.relaxed_madd<T>(a, b, sum);
  return v128.add<T>(sum, v128.mul<T>(a, b));
}

/** Adds as much of a tile as is inside to out, or writes it there, one entry at a time where its columns are not neighbours. */
function addTile<T extends number>(
  tile: usize,
  out: usize,
  rows: usize,
  rowCount: i32,
  columns: usize,
  columnCount: i32,
  fresh: bool,
): void {
  const V = lanes<T>();
  for (let row = 0; row < rowCount; row++) {
    const to = out + load<u32>(rows + 4 * row);
    for (let column = 0; column < columnCount; column += V) {
      const from = tile + 32 * row + column * sizeof<T>();
      const offsets = columns + 4 * column;
      if (column + V <= columnCount && consecutive<T>(offsets)) {
        addVector<T>(to + load<u32>(offsets), v128.load(from), fresh);
        continue;
      }
      for (let i = 0; i < min(V, columnCount - column); i++) {
        const at = to + load<u32>(offsets + 4 * i);
        const value = load<T>(from + i * sizeof<T>());
        store<T>(at, fresh ? value : load<T>(at) + value);
      }
    }
  }
}

/** Packs panels: `width` lanes side by side (rows of a, columns of b), the depth running down. */
function pack<T extends number>(
  source: usize,
  laneOffsets: usize,
  laneCount: i32,
  width: i32,
  depthOffsets: usize,
  depth: i32,
  packed: usize,
): void {
  const V = lanes<T>();
  const step: usize = width * sizeof<T>();
  for (let lane = 0; lane < laneCount; lane += width) {
    let at = 0;
    for (; at + V <= width; at += V) {
      packVector<T>(source, laneOffsets + 4 * (lane + at), depthOffsets, depth, packed + at * sizeof<T>(), step);
    }
    for (; at < width; at++) {
      packLane<T>(
        source + load<u32>(laneOffsets + 4 * (lane + at)),
        depthOffsets,
        depth,
        packed + at * sizeof<T>(),
        step,
      );
    }
    packed += step * depth;
  }
}

/** One lane of a panel, whose rows lie `step` bytes apart. */
function packLane<T extends number>(lane: usize, depthOffsets: usize, depth: i32, packed: usize, step: usize): void {
  const end = depthOffsets + 4 * depth;
  for (; depthOffsets < end; depthOffsets += 4) {
    store<T>(packed, load<T>(lane + load<u32>(depthOffsets)));
    packed += step;
  }
}

/** One vector's width of a panel, whose rows lie `step` bytes apart. */
function packVector<T extends number>(
  source: usize,
  laneOffsets: usize,
  depthOffsets: usize,
  depth: i32,
  packed: usize,
  step: usize,
): void {
  const lane0 = source + load<u32>(laneOffsets);
  const lane1 = source + load<u32>(laneOffsets, 4);
  const end = depthOffsets + 4 * depth;

  // The lanes are neighbours in memory: one load each.
  if (consecutive<T>(laneOffsets)) {
    for (; depthOffsets < end; depthOffsets += 4) {
      v128.store(packed, v128.load(lane0 + load<u32>(depthOffsets)));
      packed += step;
    }
    return;
  }

  if (sizeof<T>() === 8) {
    for (; depthOffsets < end; depthOffsets += 4) {
      const at = load<u32>(depthOffsets);
      store<T>(packed, load<T>(lane0 + at));
      store<T>(packed, load<T>(lane1 + at), 8);
      packed += step;
    }
    return;
  }

  const lane2 = source + load<u32>(laneOffsets, 8);
  const lane3 = source + load<u32>(laneOffsets, 12);
  while (depthOffsets < end) {
    const at = load<u32>(depthOffsets);
    if (depthOffsets + 16 <= end && consecutive<T>(depthOffsets)) {
      // Four steps of depth are neighbours.
      transpose4(lane0 + at, lane1 + at, lane2 + at, lane3 + at, packed, step);
      packed += 4 * step;
      depthOffsets += 16;
    } else {
      store<T>(packed, load<T>(lane0 + at));
      store<T>(packed, load<T>(lane1 + at), 4);
      store<T>(packed, load<T>(lane2 + at), 8);
      store<T>(packed, load<T>(lane3 + at), 12);
      packed += step;
      depthOffsets += 4;
    }
  }
}

/** Whether the vector's worth of offsets from here on are neighbours in memory. */
function consecutive<T extends number>(offsets: usize): bool {
  if (sizeof<T>() === 8) return load<u32>(offsets, 4) - load<u32>(offsets) === 8;
  return i32x4.all_true(i32x4.eq(v128.load(offsets), i32x4.add(i32x4.splat(load<i32>(offsets)), i32x4(0, 4, 8, 12))));
}
