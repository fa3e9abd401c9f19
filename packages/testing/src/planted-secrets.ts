import { createRandom } from "./random.ts";

/** A secret that a test puts in, to see that it comes out nowhere. */
export interface PlantedSecret {
  readonly kind: PlantedKind;
  /** The secret as it stands in a message, a URL or a header. */
  readonly text: string;
  /** What must not be found anywhere: each is worth hiding by itself. */
  readonly needles: readonly string[];
}

export type PlantedKind =
  | "password"
  | "aws-key"
  | "github-token"
  | "slack-token"
  | "stripe-key"
  | "jwt"
  | "bearer"
  | "card"
  | "url-password"
  | "private-key";

/** A secret that was found. It does not say what it is: a report must not leak what it reports. */
export interface FoundSecret {
  readonly kind: PlantedKind;
  readonly form: "plain" | "json" | "percent" | "base64" | "hex";
  /** UTF-16 code units from the beginning of the text. */
  readonly at: number;
}

const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS = "0123456789";
const ALNUM = `${UPPER}${UPPER.toLowerCase()}${DIGITS}`;

/**
 * One secret of every kind, made at run time from a seed: no whole secret stands in the sources, and each seed gives
 * other ones. All but `password`, which only the name beside it gives away, have the form by which a detector knows them.
 */
export function createPlantedSecrets(seed: number): readonly PlantedSecret[] {
  const random = createRandom(seed);
  const pick = (alphabet: string, length: number): string =>
    Array.from({ length }, () => alphabet.charAt(Math.floor(random() * alphabet.length))).join("");
  const whole = (kind: PlantedKind, text: string): PlantedSecret => ({ kind, text, needles: [text] });
  const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

  const payload = base64url({ sub: pick(DIGITS, 12), jti: pick(ALNUM, 16) });
  const signature = pick(ALNUM, 43);
  const jwt = [base64url({ alg: "HS256", typ: "JWT" }), payload, signature].join(".");
  const bearer = pick(ALNUM, 40);
  const urlPassword = pick(ALNUM, 18);
  const keyLines = [pick(ALNUM, 64), pick(ALNUM, 64), pick(ALNUM, 40)];
  const fence = (word: string): string => `-----${word} ${["PRIVATE", "KEY"].join(" ")}-----`;
  return [
    whole("password", pick(ALNUM, 20)),
    whole("aws-key", ["AK", "IA", pick(`${UPPER}234567`, 16)].join("")),
    whole("github-token", ["gh", "p_", pick(ALNUM, 36)].join("")),
    whole("slack-token", ["xo", "xb-", pick(DIGITS, 12), "-", pick(DIGITS, 12), "-", pick(ALNUM, 24)].join("")),
    whole("stripe-key", ["sk", "_li", "ve_", pick(ALNUM, 24)].join("")),
    { kind: "jwt", text: jwt, needles: [jwt, payload, signature] },
    { kind: "bearer", text: `Bearer ${bearer}`, needles: [bearer] },
    whole("card", withLuhnDigit(`4${pick(DIGITS, 14)}`)),
    { kind: "url-password", text: `https://svc:${urlPassword}@db.example.com/orders`, needles: [urlPassword] },
    { kind: "private-key", text: [fence("BEGIN"), ...keyLines, fence("END")].join("\n"), needles: keyLines },
  ];
}

/** Every planted secret that stands in a text, plainly or in an encoding that gives it back. */
export function findPlanted(text: string, secrets: readonly PlantedSecret[]): readonly FoundSecret[] {
  const found: FoundSecret[] = [];
  for (const { kind, needles } of secrets) {
    for (const needle of needles) {
      for (const { form, encoded } of formsOf(needle)) {
        const at = text.indexOf(encoded);
        if (at >= 0) found.push({ kind, form, at });
      }
    }
  }
  return found;
}

/** The needle in every encoding in which it would be worth stealing; encodings that change nothing are left out. */
function formsOf(needle: string): { readonly form: FoundSecret["form"]; readonly encoded: string }[] {
  const bytes = Buffer.from(needle);
  const forms: { form: FoundSecret["form"]; encoded: string }[] = [
    { form: "plain", encoded: needle },
    { form: "json", encoded: JSON.stringify(needle).slice(1, -1) },
    { form: "percent", encoded: encodeURIComponent(needle) },
    { form: "hex", encoded: bytes.toString("hex") },
  ];
  // In base64, what stands before a secret shifts it: each of the three shifts shows other characters.
  for (let shift = 0; shift < 3; shift++) {
    const shifted = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64");
    const first = shift === 0 ? 0 : shift + 1;
    const last = Math.floor(((shift + bytes.length) * 8) / 6);
    forms.push({ form: "base64", encoded: shifted.slice(first, last) });
  }
  return forms.filter(({ encoded }, index) => forms.findIndex((other) => other.encoded === encoded) === index);
}

/** Source: ISO/IEC 7812-1, annex B. */
function withLuhnDigit(digits: string): string {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits.charAt(digits.length - 1 - index));
    const doubled = index % 2 === 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return digits + String((10 - (sum % 10)) % 10);
}
