/** Something that happens once, and may be waited for before and after. */
export interface Once<Value = void> {
  readonly promise: Promise<Value>;
  /** The first call counts. */
  readonly resolve: (value: Value) => void;
}

export function createOnce<Value = void>(): Once<Value> {
  let resolve: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((settle) => (resolve = settle));
  return { promise, resolve };
}
