const IDENTIFIER = /^[A-Za-z_$][A-Za-z0-9_$]{0,63}$/;

/** One property of an object. One whose getter throws has a mark for its value. */
export function read(object: object, key: string): unknown {
  try {
    return (object as Record<string, unknown>)[key];
  } catch (error) {
    return threw("Getter", error);
  }
}

/** Stands in the place of what could not be read: `[Getter threw: TypeError]`. Never the error's message. */
export function threw(what: "Getter" | "toJSON" | "Object", error: unknown): string {
  return `[${what} threw: ${errorName(error)}]`;
}

/** The error's name where it is a plain identifier. */
function errorName(error: unknown): string {
  if (typeof error !== "object" || error === null) return typeof error;
  try {
    const { name } = error as { name?: unknown };
    return typeof name === "string" && IDENTIFIER.test(name) ? name : "Error";
  } catch {
    return "Error"; // its own name cannot be read either
  }
}
