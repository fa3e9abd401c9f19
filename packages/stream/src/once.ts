/** Something that happens once, and may be waited for before and after. */
export interface Once {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

export function createOnce(): Once {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}
