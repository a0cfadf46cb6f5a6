import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { refuse } from './flags.ts';

/** The folder that a run writes to. Ends the process with 2 where it cannot be one. */
export function openFolder(command: string, name: string | undefined, model: string): string {
  try {
    return createOutputFolder(name, model);
  } catch (error) {
    return refuse(command, error instanceof Error ? error.message : String(error));
  }
}

/**
 * Makes the folder that a run writes to. Without a name it is the first of runs/gan-1, runs/gan-2, … that is
 * not there yet. Throws where a named folder has something in it: no run writes over another.
 */
export function createOutputFolder(name: string | undefined, model: string): string {
  const folder = name ?? nextFolder(model);
  if (existsSync(folder) && !statSync(folder).isDirectory()) {
    throw new Error(`--out ${folder} is a file; name a folder`);
  }
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new Error(`--out ${folder} is not empty; name another folder, or clear this one`);
  }
  try {
    makeFolder(folder);
  } catch (error) {
    throw new Error(`--out ${folder} cannot be made (${error instanceof Error ? error.message : error})`);
  }
  return folder;
}

/** Not `recursive: true`, with which Node 20 never returns where the system refuses, as under /proc. */
function makeFolder(folder: string): void {
  const parent = dirname(folder);
  if (parent !== folder && !existsSync(parent)) makeFolder(parent);
  if (!existsSync(folder)) mkdirSync(folder);
}

function nextFolder(model: string): string {
  let number = 1;
  while (existsSync(`runs/${model}-${number}`)) number++;
  return `runs/${model}-${number}`;
}
