import { readChapters } from './manuscript.ts';
import { measure } from './measure.ts';

// A process of its own, so that what is measured is the source as it has just been saved.
const measurements = await measure(readChapters());
process.send?.(measurements, () => process.disconnect());
