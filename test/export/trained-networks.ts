import type { Exported } from '../../scripts/export/write-network.ts';
import { parseFlags } from '../../scripts/flags.ts';
import { models } from '../../scripts/train/models.ts';
import type { Layer, Random, Tensor } from '../../src/index.ts';

/**
 * The networks that npm run train trains, in evaluation mode, none of their parameters, running statistics and spectral
 * norms as they were in the beginning.
 */
export function trainedNetworks(random: Random, labels: Tensor): Exported[] {
  return models.flatMap((model): Exported[] => {
    const { name } = model;
    const flags = parseFlags<typeof model.flags>(model.flags, []);
    if (flags instanceof Error) throw flags;
    const image = [1, 28, 28];
    const networks: [name: string, network: Layer, sample: number[]][] = [];
    if (model.kind === 'classifier') {
      networks.push(['network', model.create(flags as Parameters<typeof model.create>[0], random).network, image]);
    } else {
      const { trainer } = model.create(flags as Parameters<typeof model.create>[0], random);
      networks.push(['generator', trainer.generator, [trainer.latentSize]]);
      networks.push(['discriminator', trainer.discriminator, image]);
    }
    return networks.map(([which, network, sample]) => {
      unsettle(network, sample, random, labels);
      return { model: name, flags, name: which, network, sample };
    });
  });
}

/** Other parameters, and three forwards in training mode; from then on it is in evaluation mode. */
export function unsettle(network: Layer, sample: readonly number[], random: Random, labels: Tensor): void {
  for (const parameter of network.parameters) {
    parameter.value.data.set(random.normal(parameter.value.shape, 0.01, 0.05).data);
    parameter.changed();
  }
  for (let i = 0; i < 3; i++) network.forward(random.normal([labels.data.length, ...sample]), labels);
  network.training = false;
}
