import { handoffError } from "./handoff-error.ts";

/** The folder, or prefix, that a destination keeps for stagings and manifests. No file is published below it. */
export const CONTROL_FOLDER = ".plumbline-handoff";

const OWNER = /^[A-Za-z0-9-]{1,40}$/;

/**
 * Checks a final name, and gives its parts. Relative, with `/`; no part is empty, `.` or `..`, holds a NUL, and none is
 * longer than `maxPartBytes`. Throws `PLB_HANDOFF_NAME_UNSUITABLE`.
 */
export function parseDeliveryName(name: string, maxPartBytes = 255): readonly string[] {
  const parts = name.split("/");
  const refuse = (why: string): Error =>
    handoffError("PLB_HANDOFF_NAME_UNSUITABLE", {
      message: `${JSON.stringify(name.slice(0, 300))} cannot be the name of a delivered file: ${why}.`,
      details: { name },
    });
  if (/\p{Surrogate}/u.test(name)) throw refuse("half of a surrogate pair has no UTF-8");
  for (const part of parts) {
    if (part === "" || part === "." || part === "..") throw refuse(`a part is ${JSON.stringify(part)}`);
    if (part.includes("\0")) throw refuse("it holds a NUL");
    if (Buffer.byteLength(part) > maxPartBytes) throw refuse(`a part is longer than ${maxPartBytes} bytes`);
  }
  if (parts[0] === CONTROL_FOLDER) throw refuse(`${CONTROL_FOLDER} is kept for the hand-off itself`);
  return parts;
}

/** Checks who delivers: it becomes part of file names. Throws `PLB_HANDOFF_OPTIONS_INVALID`. */
export function checkOwner(owner: string): string {
  if (OWNER.test(owner)) return owner;
  throw handoffError("PLB_HANDOFF_OPTIONS_INVALID", {
    message: "An owner is named by letters, digits and hyphens, 1 to 40 of them.",
  });
}
