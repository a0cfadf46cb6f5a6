import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { agrees, runExample } from '../scripts/book/examples.ts';
import { fencedBlocks } from '../scripts/book/manuscript.ts';

const root = new URL('../', import.meta.url);
const readme = readFileSync(new URL('README.md', root), 'utf8');
const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));

describe('README.md', () => {
  test('its code prints what it says', async () => {
    const claims = (await Promise.all(fencedBlocks(readme, 'ts').map(runExample))).flat();
    expect(claims.length).toBeGreaterThan(0);
    expect(claims.filter(({ actual, expected }) => !agrees(actual, expected))).toEqual([]);
  });

  test('its links and pictures are there', () => {
    const targets = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, target]) => target);
    expect(targets.length).toBeGreaterThan(15);
    expect(targets.filter((target) => !existsSync(new URL(target, root)))).toEqual([]);
  });

  test('its commands are scripts of package.json', () => {
    const commands = [...readme.matchAll(/npm run ([\w:]+)/g)].map(([, command]) => command);
    expect(commands).toContain('train');
    expect(commands.filter((command) => !(command in scripts))).toEqual([]);
    expect(readme).toContain('npm test');
    expect(scripts).toHaveProperty('test');
  });
});
