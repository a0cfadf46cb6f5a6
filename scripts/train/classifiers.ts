import { cnn as cnnNetwork } from '../../src/models/cnn.ts';
import { mlp as mlpNetwork } from '../../src/models/mlp.ts';
import { perceptron as perceptronNetwork } from '../../src/models/perceptron.ts';
import { Adam } from '../../src/optimizers/adam.ts';
import { ClassifierTrainer } from '../../src/training/classifier-trainer.ts';
import type { ClassifierRecipe } from './recipe.ts';
import { classifierFlags } from './run-flags.ts';

export const perceptron: ClassifierRecipe = {
  kind: 'classifier',
  name: 'perceptron',
  about: 'one neuron with a sigmoid tells 0 from 1',
  classes: 2,
  flags: classifierFlags('perceptron', { images: 1915, epochs: '10', learningRate: '0.001', shift: '0' }),
  create(flags, random) {
    const network = perceptronNetwork({ random });
    const optimizer = new Adam(network.parameters, { learningRate: flags['learning-rate'] });
    return new ClassifierTrainer({ network, optimizer, loss: 'bce' });
  },
};

export const mlp: ClassifierRecipe = {
  kind: 'classifier',
  name: 'mlp',
  about: 'a multi-layer network tells ten digits apart: ReLU, softmax',
  classes: 10,
  flags: classifierFlags('mlp', { images: 9000, epochs: '20', learningRate: '0.001', shift: '1' }),
  create(flags, random) {
    const network = mlpNetwork({ random });
    const optimizer = new Adam(network.parameters, { learningRate: flags['learning-rate'] });
    return new ClassifierTrainer({ network, optimizer, loss: 'cross-entropy' });
  },
};

export const cnn: ClassifierRecipe = {
  kind: 'classifier',
  name: 'cnn',
  about: 'a convolutional network tells ten digits apart, after LeNet',
  classes: 10,
  flags: classifierFlags('cnn', { images: 9000, epochs: '12', learningRate: '0.002', shift: '1' }),
  create(flags, random) {
    const network = cnnNetwork({ random });
    const optimizer = new Adam(network.parameters, { learningRate: flags['learning-rate'] });
    return new ClassifierTrainer({ network, optimizer, loss: 'cross-entropy' });
  },
};
