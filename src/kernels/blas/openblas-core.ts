/**
 * OpenBLAS's names for processors without AVX2. It takes one of them for every processor that came after it: Prescott
 * for Intel's, Barcelona for AMD's.
 */
const coresBeforeAvx2: ReadonlySet<string | undefined> = new Set([
  'Unknown',
  'Katmai',
  'Coppermine',
  'Northwood',
  'Prescott',
  'Banias',
  'Atom',
  'Core2',
  'Penryn',
  'Dunnington',
  'Nehalem',
  'Athlon',
  'Opteron',
  'Opteron_SSE3',
  'Barcelona',
  'Nano',
  'Sandybridge',
  'Bobcat',
  'Bulldozer',
  'Piledriver',
  'Steamroller',
]);

const AVX2 = ['avx2', 'fma'];
const AVX512 = ['avx512f', 'avx512dq', 'avx512bw', 'avx512vl', 'avx512cd'];

/**
 * The core that suits a processor with these flags, where the one that OpenBLAS chose leaves its vector units idle;
 * undefined where the choice may stand. Newer versions choose like this where they do not know the processor, AMD's
 * included.
 */
export function betterCore(core: string | undefined, flags: ReadonlySet<string>): string | undefined {
  const has = (flag: string) => flags.has(flag);
  if (!coresBeforeAvx2.has(core) || !AVX2.every(has)) return undefined;
  return AVX512.every(has) ? 'SkylakeX' : 'Haswell';
}

/** The instructions that processor and system know, as Linux names them on x86; elsewhere none. */
export function processorFlags(): ReadonlySet<string> {
  try {
    const text = process.getBuiltinModule('node:fs').readFileSync('/proc/cpuinfo', 'utf8');
    return new Set(/^flags\s*: (.*)$/m.exec(text)?.[1].split(' '));
  } catch {
    return new Set();
  }
}
