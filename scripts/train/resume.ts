import { folderPath, onRequest, optional, refuse, type Values, wholeNumber } from '../flags.ts';
import { models } from './models.ts';
import { flagsOf, readConfig } from './run-config.ts';
import { trainClassifier } from './train-classifier.ts';
import { trainGan } from './train-gan.ts';
import { checkedFlags } from './trained.ts';

export const aboutResuming = `Goes on with a run that was stopped, from its newest checkpoint and with the settings that it was begun
with. What comes out is bit for bit what it would have been without the interruption. A GAN's run that is over goes on
with --epochs, as if it had been begun with so many; a classifier's does not, since its learning rate has sunk to 0.`;

export const resumeFlags = {
  resume: folderPath("the run's"),
  epochs: optional(
    wholeNumber(undefined, 'more passes over the digits than the run was begun with, in all', 1, 1_000_000),
  ),
  checks: onRequest('look for NaN and infinity after every layer'),
};

export async function resume({ resume: folder, epochs, checks }: Values<typeof resumeFlags>): Promise<void> {
  const config = readConfig(folder);
  const model = models.find(({ name }) => name === config.model);
  if (!model)
    return refuse(
      'train',
      `${folder} is a run of '${config.model}', and there is no such model`,
      '--list says which there are.',
    );
  const file = `config.json of ${folder}`;
  if (model.kind === 'classifier') {
    const flags = checkedFlags(flagsOf(config, model.flags), file);
    if (epochs !== undefined && epochs !== flags.epochs) {
      return refuse(
        'train',
        `${folder} is a run of ${flags.epochs} epochs, at whose end the learning rate of ${model.name} is 0; ` +
          `a longer one has other steps from the beginning: npm run train -- ${model.name} --epochs ${epochs}`,
      );
    }
    await trainClassifier(model, { ...flags, checks }, folder);
  } else {
    const flags = checkedFlags(flagsOf(config, model.flags), file);
    if (epochs !== undefined && epochs < flags.epochs) {
      return refuse(
        'train',
        `--epochs ${epochs} is less than the ${flags.epochs} of ${folder}; a run can be made longer`,
      );
    }
    await trainGan(model, { ...flags, epochs: epochs ?? flags.epochs, checks }, folder);
  }
}
