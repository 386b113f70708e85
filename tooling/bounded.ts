import { within } from '../examples/contract/src/within.ts';

/**
 * The same object, but whatever it promises comes within so many seconds, or is an error that names what was awaited: the
 * call with its arguments. Objects that it gives are the same in this.
 */
export function bounded<T extends object>(target: T, seconds: number, name: string): T {
  const wrap = (value: unknown, from: string): unknown => (isInstance(value) ? bounded(value, seconds, from) : value);
  return new Proxy(target, {
    get(_, key, proxy: unknown) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return wrap(value, `${name}.${String(key)}`);
      return (...args: unknown[]) => {
        const call = `${name}.${String(key)}(${args.map(show).join(', ')})`;
        const given: unknown = Reflect.apply(value, target, args);
        if (given === target) return proxy;
        if (!(given instanceof Promise)) return wrap(given, call);
        return within(seconds, call, given).then((found) => wrap(found, name));
      };
    },
  });
}

/** Of a class, and no promise: what is plain is data. */
const isInstance = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  ![Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);

const show = (arg: unknown): string => {
  const text = typeof arg === 'function' ? '…' : (JSON.stringify(arg) ?? String(arg));
  return text.length > ARGUMENT_MAX ? `${text.slice(0, ARGUMENT_MAX)}…` : text;
};
const ARGUMENT_MAX = 60;
