/** The methods of `Target`. */
type Methods<Target> = {
  [Name in keyof Target]: Target[Name] extends (...args: never[]) => unknown ? Name : never;
}[keyof Target];

/**
 * Puts `around` in the place of one object's method: it is given the call that would have happened, and what that is
 * called with. Returns the function that takes it out again. Other objects of the class are left alone, and no class
 * has to know that it can be watched.
 */
export function intercept<Target extends object, Name extends Methods<Target>>(
  target: Target,
  name: Name,
  around: (call: Target[Name], ...args: Parameters<Target[Name] & ((...args: never[]) => unknown)>) => unknown,
): () => void {
  const own = Object.getOwnPropertyDescriptor(target, name);
  const method = target[name] as (...args: unknown[]) => unknown;
  const value = (...args: unknown[]) => (around as (...args: unknown[]) => unknown)(method.bind(target), ...args);
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
  return () => {
    if (own) Object.defineProperty(target, name, own);
    else delete target[name];
  };
}
