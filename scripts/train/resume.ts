import { folderPath, onRequest, refuse, type Values } from '../flags.ts';
import { models } from './models.ts';
import { flagsOf, readConfig } from './run-config.ts';
import { trainClassifier } from './train-classifier.ts';
import { trainGan } from './train-gan.ts';

export const aboutResuming = `Goes on with a run that was stopped, from its newest checkpoint and with the settings that it was begun
with. What comes out is bit for bit what it would have been without the interruption.`;

export const resumeFlags = {
  resume: folderPath("the run's"),
  checks: onRequest('look for NaN and infinity after every layer'),
};

export async function resume({ resume: folder, checks }: Values<typeof resumeFlags>): Promise<void> {
  const config = readConfig(folder);
  const model = models.find(({ name }) => name === config.model);
  if (!model)
    return refuse(
      'train',
      `${folder} is a run of '${config.model}', and there is no such model`,
      '--list says which there are.',
    );
  if (model.kind === 'classifier') {
    const flags = flagsOf(config, model.flags);
    if (flags instanceof Error) throw new RangeError(`config.json of ${folder}: ${flags.message}`);
    await trainClassifier(model, { ...flags, checks }, folder);
  } else {
    const flags = flagsOf(config, model.flags);
    if (flags instanceof Error) throw new RangeError(`config.json of ${folder}: ${flags.message}`);
    await trainGan(model, { ...flags, checks }, folder);
  }
}
