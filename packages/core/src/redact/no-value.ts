/**
 * Whether what stands under a secret's name in a structure holds none: nothing, a truth value, an empty text, one sign that a parser took for its token; under `pass` a number, which
 * counts tests.
 */
export function isNoValue(name: string | undefined, value: unknown): boolean {
  if (value === null || typeof value === "boolean") return true;
  if (typeof value === "number") return name === "pass";
  return typeof value === "string" && value.length <= 1 && (value === "" || isSign(value.charCodeAt(0)));
}

/** ASCII that is neither letter nor digit. */
function isSign(code: number): boolean {
  return code < 0x30 || (code > 0x39 && code < 0x41) || (code > 0x5a && code < 0x61) || (code > 0x7a && code < 0x80);
}
