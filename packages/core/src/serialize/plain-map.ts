/** Whether it is a map by its own properties alone and says nothing of how it wants to be written. May throw: it may be a proxy. */
export function isPlainMap(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return typeof (object as { toJSON?: unknown }).toJSON !== "function";
}

const NOTHING: object = {};

/** Whether somebody has put enumerable properties on `Object.prototype`, so that `for in` cannot be trusted. */
export function hasInherited(): boolean {
  for (const _ in NOTHING) return true;
  return false;
}
