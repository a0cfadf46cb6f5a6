import { existsSync, mkdirSync, readdirSync } from 'node:fs';

/**
 * Makes the folder that a run writes to. Without a name it is the first of runs/gan-1, runs/gan-2, … that is
 * not there yet. Throws where a named folder has something in it: no run writes over another.
 */
export function createOutputFolder(name: string | undefined, model: string): string {
  const folder = name ?? nextFolder(model);
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new Error(`--out ${folder} is not empty; name another folder, or clear this one`);
  }
  mkdirSync(folder, { recursive: true });
  return folder;
}

function nextFolder(model: string): string {
  let number = 1;
  while (existsSync(`runs/${model}-${number}`)) number++;
  return `runs/${model}-${number}`;
}
