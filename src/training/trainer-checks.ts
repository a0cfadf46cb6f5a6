import type { Layer } from '../layers/layer.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** What `forward` returns; where it throws, the error says in what connection. */
export function explained(trainer: string, what: string, forward: () => Tensor): Tensor {
  try {
    return forward();
  } catch (error) {
    throw new RangeError(`${trainer}: ${what}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

/** Throws unless `optimizer` trains parameters of `network` alone. */
export function checkOptimizer(
  trainer: string,
  name: string,
  optimizer: Optimizer,
  networkName: string,
  network: Layer,
): void {
  if (typeof optimizer?.step !== 'function' || !Array.isArray(optimizer.parameters)) {
    throw new TypeError(`${trainer}: ${name} must be an optimizer, such as new Adam(${networkName}.parameters)`);
  }
  const foreign = optimizer.parameters.find((parameter) => !network.parameters.includes(parameter));
  if (foreign) {
    throw new Error(
      `${trainer}: ${name} trains ${foreign.name}, which is not the ${networkName}'s; give it ${networkName}.parameters`,
    );
  }
}
