/**
 * The code of a name that was listed and leads nowhere, as one does whose bytes are no UTF-8: the system gives them as text, with U+FFFD in their place. `undefined` for any other, which
 * has just gone away.
 */
export function unreadableName(path: string): "EILSEQ" | undefined {
  return path.includes("\uFFFD") ? "EILSEQ" : undefined;
}
