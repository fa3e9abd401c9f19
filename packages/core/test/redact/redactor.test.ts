import { describe, expect, test } from "vitest";
import type { Detector } from "../../src/plugin/detector.ts";
import { PlumblineError } from "../../src/errors.ts";
import { createRedactor } from "../../src/redact/create-redactor.ts";
import type { RedactionOptions } from "../../src/redact/redaction-options.ts";

const HASH_KEY = "k".repeat(32);
const TOKEN = `ghp_${"a1B2".repeat(9)}`;
const RULE = { id: "key" };

function caught(options: RedactionOptions): PlumblineError {
  try {
    createRedactor(options);
  } catch (error) {
    if (PlumblineError.isInstance(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("text", () => {
  test("without a secret is the very same", () => {
    const redactor = createRedactor();
    for (const text of ["", "a", "plain text", "x".repeat(100_000), "\ud800", "\u0000"])
      expect(redactor.text(text)).toBe(text);
    expect(redactor.counts()).toEqual({});
  });

  test("keeps everything around a secret, to the last code unit", () => {
    const around = "\ud83d\ude00 \ud800 \u0000 ä ";
    expect(createRedactor().text(`${around}${TOKEN}${around}`)).toBe(`${around}[redacted:github-token]${around}`);
  });

  test("has several secrets of several kinds taken out and counted", () => {
    const redactor = createRedactor();
    expect(redactor.text(`a ${TOKEN} b ${TOKEN} c password=x d`)).toBe(
      "a [redacted:github-token] b [redacted:github-token] c password=[redacted:key-value] d",
    );
    expect(redactor.counts()).toEqual({ "github-token": 2, "key-value": 1 });
  });

  test("is found, not counted, by find", () => {
    const redactor = createRedactor();
    expect(redactor.find(`a ${TOKEN} "password":"x"`)).toEqual([
      { detector: "github-token", start: 2, end: 2 + TOKEN.length },
      { detector: "key-value", start: 3 + TOKEN.length + 12, end: 3 + TOKEN.length + 13 },
    ]);
    expect(redactor.counts()).toEqual({});
  });

  test("holds a secret across the border of any window", () => {
    const redactor = createRedactor();
    for (let shift = 0; shift <= 60; shift++) {
      const text = `${"-".repeat(16 * 1024 - shift - 1)} ${TOKEN} ${["4111", "1111", "1111", "1111"].join(" ")} x`;
      expect(redactor.text(text).slice(16 * 1024 - shift)).toBe("[redacted:github-token] [redacted:payment-card] x");
    }
  });

  test("does not take the digits behind a window's border for a number of their own", () => {
    const redactor = createRedactor();
    const card = ["4111", "1111", "1111", "1111"].join("");
    for (let shift = 0; shift <= 20; shift++) {
      const text = `${"-".repeat(16 * 1024 - shift - 1)} 7${card} x`;
      expect(redactor.text(text)).toBe(text);
    }
  });
});

describe("a value under a secret's name", () => {
  test("is replaced, whatever it is, but for labels", () => {
    const redactor = createRedactor();
    expect(redactor.replace(RULE, "hunter2")).toBe("[redacted:key]");
    expect(redactor.replace(RULE, undefined)).toBe("[redacted:key]");
    expect(redactor.replace(RULE, "")).toBe("[redacted:key]");
    expect(redactor.counts()).toEqual({ key: 3 });
    expect(redactor.replace(RULE, "[redacted:jwt]")).toBe("[redacted:jwt]");
    expect(redactor.replace(RULE, "[redacted:no-such-rule]")).toBe("[redacted:key]");
    expect(redactor.replace(RULE, "[redacted:jwt] hunter2")).toBe("[redacted:key]");
    expect(redactor.counts()).toEqual({ key: 5 });
  });
});

describe("what is allowed", () => {
  test("by path stays where it is named", () => {
    const redactor = createRedactor({ allow: ["user.id", "items.*.token", "a"] });
    expect(redactor.hasPathRules).toBe(true);
    expect(redactor.allows(["user", "id"])).toBe(true);
    expect(redactor.allows(["user.id"])).toBe(true);
    expect(redactor.allows(["items", "x", "token"])).toBe(true);
    expect(redactor.allows(["a"])).toBe(true);
    expect(redactor.allows(["items", "token"])).toBe(false);
    expect(redactor.allows(["user"])).toBe(false);
    expect(redactor.allows(["user", "id", "x"])).toBe(false);
    expect(createRedactor().hasPathRules).toBe(false);
  });

  test("by value is no secret", () => {
    const redactor = createRedactor({ allowValues: [TOKEN, "hunter2"] });
    const text = `${TOKEN} password=hunter2`;
    expect(redactor.text(text)).toBe(text);
    expect(redactor.find(text)).toEqual([]);
    expect(redactor.replace(RULE, "hunter2")).toBe("hunter2");
    expect(redactor.counts()).toEqual({});
    expect(redactor.text(`${TOKEN}x password=hunter3`)).toBe("[redacted:github-token] password=[redacted:key-value]");
  });
});

describe("the action", () => {
  test("mask keeps the last four of at least twelve", () => {
    const redactor = createRedactor({ actions: { default: "mask" } });
    expect(redactor.text(`x ${TOKEN} y`)).toBe("x [masked:github-token:a1B2] y");
    expect(redactor.replace(RULE, "abcdefgh1234")).toBe("[masked:key:1234]");
    expect(redactor.replace(RULE, "abcdefg1234")).toBe("[masked:key]");
    expect(redactor.replace(RULE, 'abcdefghi"]1')).toBe("[masked:key]");
    expect(redactor.replace(RULE, undefined)).toBe("[masked:key]");
  });

  test("hash is the same for the same value and differs with the key", () => {
    const redactor = createRedactor({ actions: { default: "hash" }, hashKey: HASH_KEY });
    const label = redactor.replace(RULE, "hunter2") ?? "";
    expect(label).toMatch(/^\[hashed:key:[0-9a-f]{22}\]$/);
    expect(redactor.replace(RULE, "hunter2")).toBe(label);
    expect(redactor.replace(RULE, "hunter3")).not.toBe(label);
    expect(
      createRedactor({ actions: { default: "hash" }, hashKey: new TextEncoder().encode(HASH_KEY) }).replace(
        RULE,
        "hunter2",
      ),
    ).toBe(label);
    expect(
      createRedactor({ actions: { default: "hash" }, hashKey: HASH_KEY.toUpperCase() }).replace(RULE, "hunter2"),
    ).not.toBe(label);
    // The same value under another rule: the digest is the same, so that the two can be brought together.
    expect(redactor.text("password=hunter2").slice(-23, -7)).toBe(label.slice(-23, -7));
  });

  test("hash writes labels that nobody else can", () => {
    const redactor = createRedactor({ actions: { default: "hash" }, hashKey: HASH_KEY });
    const label = redactor.replace(RULE, "hunter2") ?? "";
    expect(redactor.replace(RULE, label)).toBe(label);
    const forged = `${label.slice(0, -2)}${label.at(-2) === "0" ? "1" : "0"}]`;
    expect(redactor.replace(RULE, forged)).not.toBe(forged);
    expect(redactor.text(`password=${label}`)).toBe(`password=${label}`);
    expect(redactor.text(`password=${forged}`)).not.toContain(forged);
    expect(createRedactor().replace(RULE, label)).toBe("[redacted:key]");
  });

  test("remove leaves an entry out and a mark in text", () => {
    const redactor = createRedactor({ actions: { default: "remove" } });
    expect(redactor.replace(RULE, "hunter2")).toBeUndefined();
    expect(redactor.text(`a ${TOKEN} b password=x c`)).toBe("a [removed] b password=[removed] c");
    expect(redactor.counts()).toEqual({ key: 1, "github-token": 1, "key-value": 1 });
  });

  test("is chosen by rule, then by group, then by default", () => {
    const redactor = createRedactor({
      actions: { default: "remove", "vendor-tokens": "mask", "npm-token": "redact", key: "redact" },
    });
    expect(redactor.text(`${TOKEN} npm_${"a1B2".repeat(9)} password=x`)).toBe(
      "[masked:github-token:a1B2] [redacted:npm-token] password=[removed]",
    );
    expect(redactor.replace(RULE, "x")).toBe("[redacted:key]");
  });

  test.each(["redact", "mask", "hash", "remove"] as const)("%s: a second pass changes nothing", (action) => {
    const redactor = createRedactor({ actions: { default: action }, hashKey: HASH_KEY });
    const once = redactor.text(
      `${TOKEN} password=${TOKEN} {"token":"${TOKEN}","pin":1234} postgres://a:hunter2@b/c Cookie: a=b\nAuthorization: Bearer ${TOKEN}`,
    );
    expect(once).not.toContain("hunter2");
    expect(once).not.toContain(TOKEN);
    const counts = redactor.counts();
    expect(redactor.text(once)).toBe(once);
    expect(redactor.counts()).toEqual(counts);
    expect(redactor.find(once)).toEqual([]);
  });
});

describe("a detector of a plugin", () => {
  const badge: Detector = {
    id: "badge",
    description: "Badge numbers",
    anchors: ["BDG-"],
    match: (text, at) => (text.slice(at + 4, at + 8) === "1234" ? { start: at, end: at + 8 } : undefined),
  };

  test("is asked at its anchors, without regard to case", () => {
    const redactor = createRedactor({ extraDetectors: [badge] });
    expect(redactor.text("a BDG-1234 b bdg-1234 c BDG-9999")).toBe("a [redacted:badge] b [redacted:badge] c BDG-9999");
    expect(redactor.counts()).toEqual({ badge: 2 });
    expect(createRedactor({ extraDetectors: [badge], actions: { badge: "remove" } }).text("BDG-1234")).toBe(
      "[removed]",
    );
  });

  test("may have any anchor that is not digits alone", () => {
    for (const anchor of ["x1", "x12", "1x", "9-", "12x3", "\u00e4b", "Ab", "#1"]) {
      const match: Detector["match"] = (_, at) => ({ start: at, end: at + anchor.length });
      const redactor = createRedactor({ extraDetectors: [{ id: "own", description: "", anchors: [anchor], match }] });
      for (const before of ["", "a ", "\u00e4", "-".repeat(16 * 1024 - 1), "-".repeat(16 * 1024)]) {
        expect(redactor.text(`${before}${anchor} z, padding`), anchor).toBe(`${before}[redacted:own] z, padding`);
      }
    }
  });

  test("that throws is not silenced", () => {
    const redactor = createRedactor({
      extraDetectors: [
        {
          ...badge,
          match: () => {
            throw new Error("boom");
          },
        },
      ],
    });
    expect(() => redactor.text("a BDG-1234")).toThrow("boom");
    expect(redactor.text("no badge")).toBe("no badge");
  });

  test.each([
    ["outside of the text", { start: 0, end: 99 }],
    ["before its anchor", { start: 0, end: 1 }],
    ["the wrong way round", { start: 8, end: 2 }],
    ["no numbers", { start: Number.NaN, end: 4 }],
  ])("that reports %s is refused", (_, match) => {
    const redactor = createRedactor({ extraDetectors: [{ ...badge, match: () => match }] });
    expect(() => redactor.text("ab BDG-1234")).toThrow(expect.objectContaining({ code: "PLB_REDACT_DETECTOR_RESULT" }));
  });
});

describe("options that would do nothing are refused", () => {
  test.each<[string, unknown]>([
    ["an unknown detector", { detectors: { "git-hub": true } }],
    ["an unknown id of an action", { actions: { passwords: "mask" } }],
    ["an unknown action", { actions: { jwt: "encrypt" } }],
    ["a name without letters", { keys: ["--"] }],
    ["an empty allowed name", { allowKeys: [""] }],
    ["an empty path", { allow: [""] }],
    ["a path with an empty name", { allow: ["a..b"] }],
    [
      "an id that is taken",
      { extraDetectors: [{ id: "jwt", description: "", anchors: ["xy"], match: () => undefined }] },
    ],
    [
      "two of one id",
      { extraDetectors: [1, 2].map(() => ({ id: "own", description: "", anchors: ["xy"], match: () => undefined })) },
    ],
    [
      "an id with capitals",
      { extraDetectors: [{ id: "Own", description: "", anchors: ["xy"], match: () => undefined }] },
    ],
    ["no anchor", { extraDetectors: [{ id: "own", description: "", anchors: [], match: () => undefined }] }],
    [
      "an anchor of one character",
      { extraDetectors: [{ id: "own", description: "", anchors: ["x"], match: () => undefined }] },
    ],
    [
      "an anchor of digits",
      { extraDetectors: [{ id: "own", description: "", anchors: ["12"], match: () => undefined }] },
    ],
  ])("%s", (_, options) => {
    const error = caught(options as RedactionOptions); // what a config may hold
    expect(error.code).toBe("PLB_REDACT_OPTIONS_INVALID");
    expect(error.details["issues"]).toHaveLength(1);
  });

  test("all at once", () => {
    const error = caught({ keys: ["-"], allow: [""], detectors: { x: true } });
    expect(error.details["issues"]).toHaveLength(3);
  });

  test("a hash key that is missing or too short", () => {
    expect(caught({ actions: { default: "hash" } }).code).toBe("PLB_REDACT_HASH_KEY");
    const error = caught({ actions: { jwt: "hash" }, hashKey: "short-key" });
    expect(error.code).toBe("PLB_REDACT_HASH_KEY");
    expect(JSON.stringify(error)).not.toContain("short-key");
    expect(error.message).not.toContain("short-key");
  });
});
