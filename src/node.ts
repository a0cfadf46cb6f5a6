// What writes files, and so needs Node: `import { saveCheckpoint } from 'handgrad/node'`.
export { loadCheckpoint, readCheckpoint, saveCheckpoint } from './training/checkpoint-files.ts';
