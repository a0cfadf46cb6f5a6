import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compareWithList, type MutationReport, parseList, scores, showSurvivor } from '../test/mutation/survivors.ts';

const HELP = `Usage: npm run test:mutation -- [FILE or FOLDER ...]

Changes the source in every small way that Stryker knows, one at a time (a sign flipped, a term dropped, a message
emptied), and runs the tests against each change. A change that no test notices must stand in
test/mutation/survivors.md, with the reason why it changes nothing.

  FILE or FOLDER   what to change, such as src/layers/linear.ts; without one, all of
                   src/layers, src/losses, src/optimizers and src/training, which takes the better part of an hour
  --help           this text

Exits 1 when a survivor is not in the list, when the list has one that is none, or when less than 95 % of all changes
in src/layers or in src/losses are noticed.
`;

// The exact version: another one makes other changes. It is fetched when it is needed and is no dependency, since it
// weighs 65 MB. In a folder of its own, so that nothing else in node_modules moves.
const VERSION = '9.6.1';
const PACKAGES = ['@stryker-mutator/core', '@stryker-mutator/vitest-runner'];
const FOLDERS = ['src/layers', 'src/losses', 'src/optimizers', 'src/training'];
/** Of the changes in each of these folders, at least so many in a hundred must be noticed. */
const STRICT = ['src/layers', 'src/losses'];
const LEAST_SCORE = 95;

const root = fileURLToPath(new URL('..', import.meta.url));
const home = 'node_modules/.stryker';
process.chdir(root);

const chosen = readArguments();
if (chosen) {
  fetchStryker();
  const paths = chosen.length > 0 ? chosen : FOLDERS;
  process.exitCode = judge(runStryker(paths), paths) ? 0 : 1;
} else {
  process.stdout.write(HELP);
}

/** The files and folders on the command line; undefined for --help. */
function readArguments(): readonly string[] | undefined {
  try {
    const options = { help: { type: 'boolean', default: false } } as const;
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (values.help) return undefined;
    const missing = positionals.find((path) => !existsSync(path));
    if (missing !== undefined) throw new Error(`there is no ${missing}`);
    return positionals.map((path) => path.replaceAll('\\', '/').replace(/^\.\/|\/$/g, ''));
  } catch (error) {
    console.error(`test-mutation: ${error instanceof Error ? error.message : error}\n\n${HELP}`);
    process.exit(2);
  }
}

function fetchStryker(): void {
  const manifest = `${home}/node_modules/${PACKAGES[0]}/package.json`;
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === VERSION) return;
  mkdirSync(home, { recursive: true });
  // Without its peers: vitest is the one that is here.
  const flags = ['--no-save', '--no-package-lock', '--ignore-scripts', '--legacy-peer-deps'];
  const packages = PACKAGES.map((name) => `${name}@${VERSION}`);
  // On Windows npm is a script, which only a shell runs.
  const shell = process.platform === 'win32';
  const { status } = spawnSync('npm', ['install', '--prefix', home, ...flags, ...packages], {
    stdio: 'inherit',
    shell,
  });
  if (status === 0) return;
  console.error('test-mutation: Stryker could not be fetched; npm has said why. It needs the network the first time.');
  process.exit(1);
}

function runStryker(paths: readonly string[]): MutationReport {
  const patterns = paths.map((path) => (statSync(path).isDirectory() ? `${path}/**/*.ts` : path));
  const program = `${home}/node_modules/${PACKAGES[0]}/bin/stryker.js`;
  const command = [program, 'run', '.config/stryker.json', '--mutate', patterns.join()];
  const { status } = spawnSync(process.execPath, command, { stdio: 'inherit' });
  if (status !== 0) {
    console.error('test-mutation: Stryker could not finish; what was wrong stands above');
    process.exit(1);
  }
  return JSON.parse(readFileSync('reports/mutation/mutation.json', 'utf8'));
}

/** Prints what came out, and returns whether it is as it must be. */
function judge(report: MutationReport, paths: readonly string[]): boolean {
  const { unlisted, outdated } = compareWithList(report, parseList(readFileSync('test/mutation/survivors.md', 'utf8')));
  let good = unlisted.length === 0 && outdated.length === 0;
  for (const survivor of unlisted) console.log(`\n${showSurvivor(survivor)}`);
  if (unlisted.length > 0) console.log(`\n${unlisted.length} changes that no test notices and no reason explains`);
  for (const survivor of outdated) console.log(`\n${showSurvivor(survivor)}`);
  if (outdated.length > 0) console.log(`\n${outdated.length} entries of survivors.md that are no survivors`);

  console.log();
  for (const [folder, { noticed, all }] of scores(report)) {
    const score = (100 * noticed) / all;
    const tooLow = STRICT.includes(folder) && paths.includes(folder) && score < LEAST_SCORE;
    good &&= !tooLow;
    const remark = tooLow ? `, less than ${LEAST_SCORE} %` : '';
    console.log(`${folder}: ${noticed} of ${all} changes noticed, ${score.toFixed(1)} %${remark}`);
  }
  return good;
}
