import { createHmac, randomBytes } from "node:crypto";

/** A secret that the shop handles and that must stand in no file. */
export interface PlantedSecret {
  readonly kind: string;
  readonly text: string;
}

/** What a checkout service has at hand when somebody buys something. */
export interface ShopSecrets {
  readonly customerPassword: string;
  readonly databasePassword: string;
  readonly sessionToken: string;
  readonly paymentKey: string;
  readonly deployToken: string;
  readonly cardNumber: string;
  readonly signingKey: string;
  readonly webhookSecret: string;
}

/** New secrets, made at run time from random parts: no file of this project holds one, and no run has those of another. */
export function makeShopSecrets(): ShopSecrets {
  return {
    // A quote, a backslash and a non-ASCII letter: what JSON, URLs and base64 each write in another way.
    customerPassword: `${letters(6)}"\\é ${letters(6)}`,
    databasePassword: `${letters(10)}/${letters(8)}`,
    sessionToken: makeJwt(),
    paymentKey: ["sk", "live", letters(24)].join("_"),
    deployToken: ["gh", "p_", letters(36)].join(""),
    cardNumber: makeCardNumber(),
    signingKey: makePrivateKey(),
    webhookSecret: letters(32),
  };
}

/** The same as a list, for whoever looks for them. A key is known by any of its lines. */
export function listSecrets(secrets: ShopSecrets): readonly PlantedSecret[] {
  return Object.entries(secrets).flatMap(([kind, text]: [string, string]) =>
    kind === "signingKey"
      ? text
          .split("\n")
          .filter((line) => line.length > 40)
          .map((line) => ({ kind, text: line }))
      : [{ kind, text }],
  );
}

function letters(length: number): string {
  return randomBytes(length)
    .toString("base64")
    .replace(/[^A-Za-z0-9]/g, "x")
    .slice(0, length);
}

function makeJwt(): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const unsigned = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub: letters(12), jti: letters(12) })}`;
  return `${unsigned}.${createHmac("sha256", randomBytes(32)).update(unsigned).digest("base64url")}`;
}

/** Sixteen digits of a test range whose last one makes the Luhn sum right. */
function makeCardNumber(): string {
  const digits = [4, 2, 4, 2, ...Array.from(randomBytes(11), (byte) => byte % 10)];
  const sum = digits.reduce((total, digit, index) => {
    const doubled = index % 2 === 0 ? digit * 2 : digit;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return [...digits, (10 - (sum % 10)) % 10].join("");
}

function makePrivateKey(): string {
  const rule = "-".repeat(5);
  const name = ["PRIVATE", "KEY"].join(" ");
  const body =
    randomBytes(192)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`${rule}BEGIN ${name}${rule}`, ...body, `${rule}END ${name}${rule}`, ""].join("\n");
}
