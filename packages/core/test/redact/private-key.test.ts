import { generateKeyPairSync, type KeyExportOptions } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createRedactor } from "../../src/redact/create-redactor.ts";
import { createWriter } from "../serialize/writer.ts";

const redactor = createRedactor();
const writer = createWriter({ redactor });

const rsa = (modulusLength: number, options: KeyExportOptions<"pem">): string =>
  String(generateKeyPairSync("rsa", { modulusLength }).privateKey.export(options));
const ec = (namedCurve: string, type: "sec1" | "pkcs8"): string =>
  String(generateKeyPairSync("ec", { namedCurve }).privateKey.export({ type, format: "pem" }));

const ENCRYPTED_PKCS8: KeyExportOptions<"pem"> = {
  type: "pkcs8",
  format: "pem",
  cipher: "aes-256-cbc",
  passphrase: "x",
};
const { privateKey: pss } = generateKeyPairSync("rsa-pss", { modulusLength: 1024 });
const { privateKey: dsa } = generateKeyPairSync("dsa", { modulusLength: 1024, divisorLength: 160 });
const { privateKey: ed25519 } = generateKeyPairSync("ed25519");
const { privateKey: ed448 } = generateKeyPairSync("ed448");
const { privateKey: x448 } = generateKeyPairSync("x448");

const dashes = "-".repeat(5);
const armour = (...headers: readonly string[]): string =>
  [
    `${dashes}BEGIN PGP PRIVATE KEY BLOCK${dashes}`,
    ...headers,
    "",
    "lQOYBGYx".repeat(8),
    "Zq7hunter2x9Zq7h".repeat(4),
    "=a1B2",
    `${dashes}END PGP PRIVATE KEY BLOCK${dashes}`,
    "",
  ].join("\n");

const PKCS1 = rsa(1024, { type: "pkcs1", format: "pem" });
const ENCRYPTED = rsa(1024, { type: "pkcs1", format: "pem", cipher: "aes-128-cbc", passphrase: "x" });

/** The lines of a key that say what it is. */
function body(pem: string): string[] {
  return pem.split("\n").filter((line) => line.length > 8 && !line.includes("--") && !line.includes(":"));
}

const each = (pem: string, form: (line: string) => string): string => pem.trimEnd().split("\n").map(form).join("\n");
const cut = (pem: string): string => pem.split("\n").slice(0, -2).join("\n");
const bare = (pem: string): string => pem.split("\n").slice(1).join("\n");

describe("nothing is left of a private key", () => {
  test.each([
    ["with headers", ENCRYPTED],
    ["with headers, cut off", cut(ENCRYPTED)],
    ["with headers, cut off, in JSON", JSON.stringify({ key: cut(ENCRYPTED) })],
    ["in PGP's armour", armour("Version: GnuPG v2.0.22 (GNU/Linux)", "Comment: made for a test, by hand")],
    ["in PGP's armour, cut off", cut(cut(armour("Version: GnuPG v2.0.22 (GNU/Linux)")))],
    ["behind a container's name", each(PKCS1, (line) => `web-1  | ${line}`)],
    ["behind times", each(PKCS1, (line) => `2026-11-20T21:57:03.123456789Z stdout F ${line}`)],
    ["as a comment", each(PKCS1, (line) => `# ${line}`)],
    ["as source code", each(PKCS1, (line) => `  '${line}\\n' +`)],
    ["as a list", JSON.stringify(PKCS1.split("\n"))],
    ["with line ends as rsyslog writes them", PKCS1.replaceAll("\n", "#012")],
    ["with line ends in octal", PKCS1.replaceAll("\n", "\\012")],
    ["with line ends of HTML", PKCS1.replaceAll("\n", "<br>")],
    ["with bars for line ends", PKCS1.replaceAll("\n", "|")],
    ["in an address", encodeURIComponent(PKCS1)],
    ["without its frame, PKCS #1", bare(cut(PKCS1))],
    ["without its first line, PKCS #1 of 3072 bits", bare(rsa(3072, { type: "pkcs1", format: "pem" }))],
    ["without its first line, PKCS #8", bare(rsa(1024, { type: "pkcs8", format: "pem" }))],
    ["without its first line, encrypted", bare(rsa(1024, ENCRYPTED_PKCS8))],
    ["without its first line, encrypted, of Ed25519", bare(String(ed25519.export(ENCRYPTED_PKCS8)))],
    ["without its first line, RSA-PSS", bare(String(pss.export({ type: "pkcs8", format: "pem" })))],
    ["without its first line, DSA", bare(String(dsa.export({ type: "pkcs8", format: "pem" })))],
    ["without its first line, of Ed448", bare(String(ed448.export({ type: "pkcs8", format: "pem" })))],
    ["without its first line, of X448", bare(String(x448.export({ type: "pkcs8", format: "pem" })))],
    ["without its first line, SEC 1 of a wallet's curve", bare(ec("secp256k1", "sec1"))],
    ["without its first line, SEC 1", bare(ec("P-256", "sec1"))],
    ["without its first line, SEC 1 of 384 bits", bare(ec("P-384", "sec1"))],
    ["without its first line, SEC 1 of 521 bits", bare(ec("P-521", "sec1"))],
    ["without its first line, in a JSON string", JSON.stringify({ note: `rest:\n${bare(ec("P-256", "pkcs8"))}` })],
    [
      "without its first line, OpenSSH",
      `${Buffer.from(`openssh-key-v1\0${"\0".repeat(140)}`)
        .toString("base64")
        .slice(0, 70)}\n${"Zq7hunter2".repeat(7)}\n`,
    ],
  ])("%s", (_, text) => {
    const safe = redactor.text(text);
    const secrets = body(
      decodeURIComponent(text)
        .replaceAll(/-{5}END .*/g, "")
        .replaceAll(/\\n|#012|\\012|<br>|\||['" ,#[\]]/g, "\n"),
    );
    expect(secrets.length).toBeGreaterThan(1);
    for (const line of secrets) expect(safe).not.toContain(encodeURIComponent(line));
    for (const line of secrets) expect(safe).not.toContain(line);
    expect(redactor.text(safe)).toBe(safe);
  });

  test("whose lines are the items of a list", () => {
    for (const pem of [PKCS1, ENCRYPTED, PKCS1.replaceAll("\n", "\r\n"), cut(PKCS1)]) {
      const { line } = writer.write({ attributes: { lines: ["before", ...pem.split("\n"), "and after it"] } }, 9);
      for (const secret of body(pem)) expect(line).not.toContain(secret.trimEnd());
      expect(line).toContain("and after it");
    }
  });
});

test.each([
  `${dashes}BEGIN PRIVATE KEY${dashes} is how such a key begins, and a certificate ends with ${dashes}END CERTIFICATE${dashes}`,
  `${dashes}BEGIN PRIVATE KEY${dashes}\nMIIE\n${dashes}BEGIN CERTIFICATE${dashes}\nMIID\n${dashes}END CERTIFICATE${dashes}\nafter`,
])("what stands behind a key that was cut off stays: %#", (text) => {
  expect(redactor.text(text).slice(-24)).toBe(text.slice(-24));
});

test("lists that a key's first line stands in keep what is no line of it", () => {
  const lines = [`${dashes}BEGIN RSA PRIVATE KEY${dashes}`, "worker 3 went on after it", "then it ended"];
  const { line } = writer.write({ attributes: { lines } }, 9);
  expect(line).toContain("worker 3 went on after it");
  expect(line).toContain("then it ended");
});
