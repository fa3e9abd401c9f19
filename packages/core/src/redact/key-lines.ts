import { BASE64, classOf, EQUALS } from "./character-class.ts";
import type { KeyRule } from "./redactor.ts";

/** The rule of what belongs to a private key. Its id is the detector's. */
export const PRIVATE_KEY_RULE: KeyRule = { id: "private-key" };

/** No line of a key is longer. */
const MAX_LINE = 128;

/**
 * Whether an item of a list is a line of a private key whose BEGIN line is an item before it (`pem.split("\n")`). `wasInKey` is what was said of the item before;
 * `isSecret` is asked whether the BEGIN line is taken for one.
 */
export function isInKey(
  previous: unknown,
  item: unknown,
  wasInKey: boolean,
  isSecret: (text: string) => boolean,
): boolean {
  if (typeof previous !== "string") return false;
  const isOpen = wasInKey ? !closesKey(previous) : opensKey(previous) && isSecret(previous);
  return isOpen && typeof item === "string" && isKeyLine(item);
}

function opensKey(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  if (text.length > MAX_LINE || (last !== HYPHEN && last > 0x20)) return false;
  return text.includes("BEGIN ") && text.includes("PRIVATE KEY") && text.trimEnd().endsWith("--");
}

/** A header, a line of base64, the END line. */
function isKeyLine(item: string): boolean {
  if (item.length > MAX_LINE) return false;
  const line = item.trim();
  if (closesKey(line) || isHeader(line)) return true;
  for (let i = 0; i < line.length; i++) if ((classOf(line.charCodeAt(i)) & KEY_SIGN) === 0) return false;
  return true;
}

/** `Proc-Type: 4,ENCRYPTED` */
function isHeader(line: string): boolean {
  const colon = line.indexOf(": ");
  return colon > 0 && line.indexOf(" ") > colon && line.charAt(0) >= "A" && line.charAt(0) <= "Z";
}

function closesKey(line: string): boolean {
  return line.includes("END ") && line.includes("PRIVATE KEY");
}

/** A digit of base64, or its padding. */
const KEY_SIGN: number = BASE64 | EQUALS;
const HYPHEN = 0x2d;
