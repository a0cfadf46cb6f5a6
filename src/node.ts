// What reads and writes files, and so needs Node: `import { saveCheckpoint } from 'handgrad/node'`.
export { type ImageFolder, type ImageFolderOptions, loadImages } from './data/image-folder.ts';
export { toGif } from './pictures/film.ts';
export { loadCheckpoint, readCheckpoint, saveCheckpoint } from './training/checkpoint-files.ts';
