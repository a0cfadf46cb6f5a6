/** The methods of `Target`. */
type Methods<Target> = {
  [Name in keyof Target]: Target[Name] extends (...args: never[]) => unknown ? Name : never;
}[keyof Target];

/**
 * Puts `around` in the place of a method of one object, or of one class where `target` is its prototype: it is given
 * the call that would have happened, and what that is called with. Returns the function that takes it out again.
 * Nothing that can be watched has to know of it.
 */
export function intercept<Target extends object, Name extends Methods<Target>>(
  target: Target,
  name: Name,
  around: (call: Target[Name], ...args: Parameters<Target[Name] & ((...args: never[]) => unknown)>) => unknown,
): () => void {
  const own = Object.getOwnPropertyDescriptor(target, name);
  const method = target[name] as (...args: unknown[]) => unknown;
  function value(this: Target, ...args: unknown[]): unknown {
    const call = (...given: unknown[]) => method.apply(this, given);
    return (around as (...args: unknown[]) => unknown)(call, ...args);
  }
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
  return () => {
    if (own) Object.defineProperty(target, name, own);
    else delete target[name];
  };
}
