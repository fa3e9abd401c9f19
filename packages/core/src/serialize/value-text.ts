/** The text of a primitive, for a rule that looks at it; `undefined` of anything that has none. */
export function primitiveText(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
    case "boolean":
    case "bigint":
    case "symbol":
      return String(value);
    default:
      return undefined;
  }
}

/** `[Function: name]` or `Symbol(description)`. Reading a function's name may run code of the caller's, which may throw. */
export function opaqueText(value: unknown): string {
  if (typeof value === "symbol") return value.toString();
  try {
    const { name } = value as { name?: unknown };
    return typeof name === "string" && name !== "" ? `[Function: ${name}]` : "[Function]";
  } catch {
    return "[Function]"; // a proxy that is revoked or throws
  }
}
