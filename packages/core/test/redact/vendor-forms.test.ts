import { describe, expect, test } from "vitest";
import { createRedactor } from "../../src/redact/create-redactor.ts";

const redactor = createRedactor();
const body = (length: number, piece = "a1B2c3"): string => piece.repeat(length).slice(0, length);
const hex = (length: number): string => body(length, "0f1e");

/** A token, and texts that are nearly one: a sign more or less, others than its own, another word in front. */
const FORMS: readonly (readonly [id: string, token: string, nearly: readonly string[]])[] = [
  [
    "airtable-token",
    `pat${body(14)}.${hex(64)}`,
    [
      `pat${body(13)}.${hex(64)}`,
      `pat${body(14)}.${hex(63)}`,
      `pat${body(14)}.${hex(65)}`,
      `pat${body(14)}.${hex(63)}g`,
      `pat${body(13)}-.${hex(64)}`,
      `xpat${body(14)}.${hex(64)}`,
      `pathological1234.${hex(64)}`,
    ],
  ],
  [
    "gcp-api-key",
    `AQ.Ab8${body(47)}`,
    [`AQ.Ab8${body(46)}`, `AQ.Ab8${body(48)}`, `AQ.${body(50)}`, `FAQ.Ab8${body(47)}`, `AQ.Ab8${body(40)}.${body(6)}`],
  ],
  [
    "stripe-key",
    `sk_org_live_${body(60)}`,
    [
      `sk_org_live_${body(39)}`,
      `sk_org_${body(60)}`,
      `task_org_live_${body(60)}`,
      `sk_org_live_${"name_of_it_".repeat(6)}`,
    ],
  ],
  ["atlassian-token", `ATSTT3xFf${body(80)}`, [`ATSTT3${body(27)}`, `ATSTT4${body(80)}`, `BATSTT3${body(80)}`]],
  [
    "snyk-token",
    `snyk_uat.${hex(8)}.${body(40)}.${body(30)}`,
    [
      `snyk_uat.${hex(8)}.${body(30)}`,
      "snyk_uat.py:12",
      "snyk_uat.some.module.with.words.and.more.words.and.words",
      `x_snyk_sat.${body(60)}`,
    ],
  ],
  [
    "neon-key",
    `npg_${body(12)}`,
    [
      `npg_${body(11)}`,
      `npg_${body(13)}`,
      "npg_userSettings",
      "npg_user_table12",
      "npg_USERTABLE123",
      "npg_usertable123",
      "xnpg_a1B2c3a1B2c3",
    ],
  ],
  [
    "bip32-key",
    `xprv9s21ZrQH143K${body(95)}`,
    [`xprv${body(106)}`, `xprv${body(108)}`, `xpub${body(107)}`, "xprv is kept offline", `axprv${body(107)}`],
  ],
];

describe.each(FORMS)("%s", (id, token, nearly) => {
  test("is found in the middle of a text and as one", () => {
    for (const text of [token, `got ${token}, kept`, `"${token}"`, `x=${token}\n`])
      expect(redactor.text(text)).toBe(text.replace(token, `[redacted:${id}]`));
  });

  test.each(nearly)("%s stays", (text) => {
    for (const whole of [text, `got ${text} there`]) expect(redactor.text(whole)).toBe(whole);
  });
});
