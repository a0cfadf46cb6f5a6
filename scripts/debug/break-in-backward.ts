import { Session, url } from 'node:inspector';

/*
 * You are at the beginning: set the breakpoints that you want, and continue. Without any the debugger stops once, at the
 * first line of the discriminator's backward in the generator's update, where dOut is dL/dverdict and what it returns
 * is dL/dimages; of a classifier, at the first line of the network's backward.
 *
 * Any script can be debugged like this: load this file before it, with --import.
 */
if (url() !== undefined) {
  // Imported here, so that the beginning is above and not in the first file of the library.
  const { Sequential } = await import('../../src/layers/sequential.ts');
  const session = new Session();
  session.connect();
  session.post('Debugger.enable');
  // A function can be named to the inspector only by way of something that it can evaluate.
  const key = 'handgrad: Sequential.prototype.backward';
  Reflect.set(globalThis, key, Sequential.prototype.backward);
  session.post('Runtime.evaluate', { expression: `globalThis['${key}']` }, (_, { result: { objectId } }) => {
    const condition = `/ClassifierTrainer\\.step/.test(new Error().stack) ||
      /GanTrainer\\.step/.test(new Error().stack) && this.parameters.every(({ frozen }) => frozen)`;
    session.post('Debugger.setBreakpointOnFunctionCall', { objectId, condition }, (_, answer) => {
      const breakpointId: string = Reflect.get(answer ?? {}, 'breakpointId');
      session.on('Debugger.paused', ({ params: { hitBreakpoints } }) => {
        if (hitBreakpoints?.includes(breakpointId)) session.post('Debugger.removeBreakpoint', { breakpointId });
      });
    });
  });
  Reflect.deleteProperty(globalThis, key);
}
