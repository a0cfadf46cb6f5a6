// What writes files, and so needs Node: `import { saveCheckpoint } from 'handgrad/node'`.
export { toGif } from './pictures/film.ts';
export { loadCheckpoint, readCheckpoint, saveCheckpoint } from './training/checkpoint-files.ts';
