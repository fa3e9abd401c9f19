import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createPlantedSecrets, createRandom, findPlanted } from "../src/index.ts";

test("each seed gives one secret of every kind, always the same, in the form by which it is known", () => {
  const secrets = createPlantedSecrets(7);
  expect(createPlantedSecrets(7)).toEqual(secrets);
  expect(createPlantedSecrets(8).map(({ text }) => text)).not.toEqual(secrets.map(({ text }) => text));
  const forms: Record<string, RegExp> = {
    password: /^[A-Za-z0-9]{20}$/,
    "aws-key": /^A[K]IA[A-Z2-7]{16}$/,
    "github-token": /^gh[p]_[A-Za-z0-9]{36}$/,
    "slack-token": /^xo[x]b-\d{12}-\d{12}-[A-Za-z0-9]{24}$/,
    "stripe-key": /^s[k]_live_[A-Za-z0-9]{24}$/,
    jwt: /^ey[J][\w-]+\.ey[J][\w-]+\.[\w-]{43}$/,
    bearer: /^Bearer [A-Za-z0-9]{40}$/,
    card: /^4\d{15}$/,
    "url-password": /^https:\/\/svc:[A-Za-z0-9]{18}@/,
    "private-key": /^-----BEGIN PRIVATE KEY-----\n[\s\S]+\n-----END PRIVATE KEY-----$/,
  };
  expect(secrets.map(({ kind }) => kind)).toEqual(Object.keys(forms));
  for (const { kind, text, needles } of secrets) {
    expect(text).toMatch(forms[kind] ?? /^$/);
    expect(needles.length > 0 && needles.every((needle) => text.includes(needle))).toBe(true);
  }
});

test("cards have a valid check digit", () => {
  for (let seed = 0; seed < 50; seed++) {
    const card = createPlantedSecrets(seed).find(({ kind }) => kind === "card")?.text ?? "";
    // The Luhn sum, counted from the left: every other digit doubled, the digits of what was doubled added up.
    const doubled = card.split("").map((digit, index) => Number(digit) * (index % 2 === 0 ? 2 : 1));
    const sum = doubled.reduce((total, value) => total + Math.floor(value / 10) + (value % 10), 0);
    expect(sum % 10).toBe(0);
  }
});

test("every needle is found in every form, wherever it stands", () => {
  fc.assert(
    fc.property(fc.integer(), fc.string(), fc.string(), (seed, before, after) => {
      for (const secret of createPlantedSecrets(seed)) {
        for (const needle of secret.needles) {
          const forms = {
            plain: `${before}${needle}${after}`,
            base64: Buffer.from(`${before}${needle}${after}`).toString("base64"),
            hex: Buffer.from(`${before}${needle}${after}`).toString("hex"),
          };
          for (const text of Object.values(forms))
            expect(findPlanted(text, [secret]).map(({ kind }) => kind)).toContain(secret.kind);
        }
      }
    }),
    { numRuns: 20 },
  );
});

test("forms that escape are found too, and what is found is not quoted", () => {
  const secret = { kind: "password" as const, text: 'a"b/c ü', needles: ['a"b/c ü'] };
  expect(findPlanted(JSON.stringify({ secret: secret.text }), [secret])).toEqual([
    { kind: "password", form: "json", at: 11 },
  ]);
  expect(findPlanted(`?p=${encodeURIComponent(secret.text)}`, [secret])).toEqual([
    { kind: "password", form: "percent", at: 3 },
  ]);
  expect(JSON.stringify(findPlanted(secret.text, [secret]))).not.toContain(secret.text);
});

test("nothing is found where nothing is", () => {
  const secrets = createPlantedSecrets(1);
  expect(findPlanted("[redacted:key] ".repeat(1000), secrets)).toEqual([]);
  expect(
    findPlanted(
      createPlantedSecrets(2)
        .map(({ text }) => text)
        .join("\n"),
      secrets,
    ),
  ).toEqual([]);
});

test("random numbers are in their range, spread out, and the same for the same seed", () => {
  for (const seed of [0, 1, -5, 2 ** 31, 1.5]) {
    const random = createRandom(seed);
    const numbers = Array.from({ length: 2000 }, random);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    const tenths = new Set(numbers.map((number) => Math.floor(number * 10)));
    expect(tenths.size).toBe(10);
    const again = createRandom(seed);
    expect(Array.from({ length: 2000 }, again)).toEqual(numbers);
  }
});
