import { readFlags, refuse } from './flags.ts';
import { reportErrors } from './report-errors.ts';
import { list, models } from './train/models.ts';
import { aboutResuming, resume, resumeFlags } from './train/resume.ts';
import { aboutClassifiers, trainClassifier } from './train/train-classifier.ts';
import { aboutGans, trainGan } from './train/train-gan.ts';

reportErrors('train');
const argv = process.argv.slice(2);

if (argv.includes('--list')) {
  console.log(list());
} else if (argv.some((word) => /^--resume(=|$)/.test(word))) {
  await resume(readFlags('train', aboutResuming, resumeFlags, argv));
} else {
  // Where a model is named, it comes first: npm run train -- mlp --epochs 3
  const named = argv.length > 0 && !argv[0].startsWith('-');
  const name = named ? argv[0] : 'gan';
  const flags = named ? argv.slice(1) : argv;
  const late = flags.find((word, at) => models.some(({ name }) => name === word) && !flags[at - 1]?.startsWith('-'));
  if (late) refuse('train', `the model comes first: npm run train -- ${late} [flags]`);
  const names = models.map((model) => model.name).join(', ');
  const model =
    models.find((model) => model.name === name) ??
    refuse('train', `there is no model '${name}'; the models are ${names}`, '--list says what they are.');

  const command = named ? `train ${name}` : 'train';
  const about = named
    ? `${name}: ${model.about}`
    : `Trains gan. npm run train -- MODEL [flags] trains another one:\n\n${list()}\n\nnpm run train -- --resume FOLDER goes on with a run that was stopped.`;
  if (model.kind === 'classifier') {
    await trainClassifier(model, readFlags(command, `${about}\n\n${aboutClassifiers}`, model.flags, flags));
  } else {
    await trainGan(model, readFlags(command, `${about}\n\n${aboutGans}`, model.flags, flags));
  }
}
