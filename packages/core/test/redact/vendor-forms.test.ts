import { describe, expect, test } from "vitest";
import { createRedactor } from "../../src/redact/create-redactor.ts";

const redactor = createRedactor();
const body = (length: number, piece = "a1B2c3"): string => piece.repeat(length).slice(0, length);
const hex = (length: number): string => body(length, "0f1e");
const capitals = (length: number): string => body(length, "A2Z");
const digits = (length: number): string => body(length, "123");

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
  // IAM's own ids of users and roles are a sign longer, and no secrets.
  ["aws-access-key", `AROA${capitals(16)}`, [`AROA${capitals(17)}`, `AIDA${capitals(15)}`, `MAIDA${capitals(16)}`]],
  ["aws-bedrock-key", `ABSK${body(130)}==`, [`ABSK${body(100)}`, `FABSK${body(130)}`, "ABSK is a ticker"]],
  [
    "aws-bedrock-key",
    `bedrock-api-key-${body(28)}`,
    [`bedrock-api-key-${body(27)}`, "bedrock-api-key-rotation-of-last-week"],
  ],
  [
    "gitlab-token",
    "_gitlab_session=".concat("abcdefghijklmnopqrstuvwxyz", "012345"),
    [`_gitlab_session=${"a1".repeat(15)}`, `_gitlab_session=${"a1".repeat(17)}`, `_gitlab_session=${"a".repeat(32)}`],
  ],
  [
    "slack-token",
    `xwfp-${digits(12)}-${body(24)}`,
    ["xwfp-x", "xwfp-some-words-and-nothing-more", `axwfp-${body(24)}`],
  ],
  ["slack-token", `xoxr-${body(8)}`, ["xoxr-a1B2", "xoxa-portland"]],
  [
    "npm-token",
    `npm_${body(20)}_${body(15)}`,
    [
      `npm_${body(20)}_${body(14)}`,
      `npm_${body(20)}_${body(16)}`,
      "npm_config_strict_ssl_and_30_other_settings",
      "npm_package_devDependencies_babel_preset",
    ],
  ],
  [
    "sendgrid-key",
    `SG.${body(22)}.${body(20)}=${body(22)}`,
    [`SG.${body(22)}.${body(20)}`, `MSG.${body(22)}.${body(43)}`],
  ],
  [
    "mail-vendor-key",
    `xkeysib-${hex(64)}-${body(16)}`,
    ["xkeysib-some-words-and-nothing-more-than-that", "xkeysib-a1b2"],
  ],
  ["mail-vendor-key", `pubkey-${hex(32)}`, [`pubkey-${hex(31)}`, `pubkey-${hex(33)}`, "pubkey-rotation"]],
  ["vercel-token", `vcp_${body(20)}`, [`vcp_${body(19)}`, "vcp_device_information_table", `avcp_${body(20)}`]],
  ["dropbox-token", `sl.${body(60)}=${body(74)}`, [`sl.${body(60)}=${body(60)}`, `xsl.${body(135)}`]],
  [
    "payment-vendor-key",
    `duffel_live_${body(9)}==${body(32)}`,
    ["duffel_live_==", "duffel_live_and-nothing-but-words-behind-it"],
  ],
  ["payment-vendor-key", `FLWPUBK_TEST-${hex(32)}-X`, ["FLWPUBK_TEST-a1", "FLWPUBK_TEST-is-the-beginning-of-it"]],
  [
    "payment-vendor-key",
    `test_pub_${hex(31)}`,
    [`test_pub_${hex(30)}`, `test_pub_${hex(32)}`, "test_pub_some_name_of_it"],
  ],
  [
    "payment-vendor-key",
    `live_${body(20)}=${body(19)}`,
    [`live_${body(20)}=${body(18)}`, `live_${body(20)}=${body(20)}`],
  ],
  ["linear-key", `lin_api_${body(20)}_${body(30)}`, [`lin_api_${body(31)}`, "lin_api_keys_of_all_of_our_workspaces"]],
  [
    "ci-token",
    `tk-us-${body(11)}-${body(36)}`,
    [`tk-us-${body(47)}`, "tk-us-east-1-and-whatever-else-is-there-in-the-region"],
  ],
  [
    "onepassword-secret-key",
    `A3-${[6, 11, 5, 5, 5].map(capitals).join("-")}`,
    [
      `A3-${[6, 11, 5, 5, 4].map(capitals).join("-")}`,
      `A3-${[6, 6, 6, 5, 5, 5].map(capitals).join("-")}`,
      "A3-LANDSCAPE",
    ],
  ],
  [
    "onepassword-secret-key",
    `A3-${[6, 6, 5, 5, 5, 5].map(capitals).join("-")}`,
    [`BA3-${[6, 6, 5, 5, 5, 5].map(capitals).join("-")}`],
  ],
  ["typeform-token", `tfp_${body(20)}=${body(38)}`, [`tfp_${body(20)}=${body(18)}`]],
  [
    "mapbox-token",
    `pk.eyJ1Ijoi${body(60)}.${body(22)}`,
    [`pk.eyJ1Ijoi${body(20)}`, `apk.eyI1Ijoi${body(60)}.${body(22)}`],
  ],
  ["mapbox-token", `pk.${body(60)}.${body(22)}`, [`pk.${body(60)}.${body(21)}`, `pk.${body(60)}.${body(23)}`]],
  [
    "saas-token",
    `rdme_${"abcdefghijklmnopq12".repeat(4).slice(0, 70)}`,
    [`rdme_${"abcdefghijklmnopq12".repeat(4)}`, `rdme_${"a".repeat(70)}`],
  ],
  ["telegram-token", `123456:AA${body(33)}`, [`1234:AA${body(33)}`, `123456:AB${body(33)}`, `123456:AA${body(31)}`]],
  ["azure-client-secret", `a1B8Q~${body(30)}.`, [`a1B8Q~${body(30)}`, `a1B8Q~${body(35)}`]],
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

describe("what begins like a token in the middle of base64", () => {
  const image = Buffer.from(Array.from({ length: 240 }, (_, i) => (i * 7919) % 251)).toString("base64");
  const token = `EAAA${body(48)}`;

  test.each([
    ["behind a slash", `data:image/png;base64,${image}/${token}`],
    ["before a slash", `data:image/png;base64,${token}/${image}`],
    ["behind a plus sign", `${image}+${token}+${image}`],
  ])("stays %s", (_, text) => {
    expect(redactor.text(text)).toBe(text);
  });

  test.each([`GET /v1/Locations/L8/${token}/orders`, `a+${token}+b`, `/${"some/words/and/more/".repeat(8)}${token}`])(
    "is a token elsewhere: %#",
    (text) => {
      expect(redactor.text(text)).toBe(text.replace(token, "[redacted:square-token]"));
    },
  );
});
