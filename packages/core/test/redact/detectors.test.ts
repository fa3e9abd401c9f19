import { describe, expect, test } from "vitest";
import { BUILT_IN_DETECTORS, createRedactor } from "../../src/redact/create-redactor.ts";
import { DETECTOR_GROUPS } from "../../src/redact/default-detectors.ts";

const OFF = Object.fromEntries(Object.keys(DETECTOR_GROUPS).map((group) => [group, false]));

test("detectors have ids of their own, descriptions and groups", () => {
  const ids = BUILT_IN_DETECTORS.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThanOrEqual(40);
  for (const { id, description, group } of BUILT_IN_DETECTORS) {
    expect(id).toMatch(/^[a-z][a-z0-9-]{1,31}$/);
    expect(description.length).toBeGreaterThan(4);
    expect(Object.keys(DETECTOR_GROUPS)).toContain(group);
  }
});

describe.each(BUILT_IN_DETECTORS.map((detector) => [detector.id, detector] as const))("%s", (id, detector) => {
  const alone = createRedactor({ detectors: { ...OFF, [id]: true } });
  const { catches, leaves } = detector.examples();

  test("finds what it is for, and its label is no secret", () => {
    expect(catches.length).toBeGreaterThan(0);
    for (const text of catches) {
      const redacted = alone.text(text);
      expect(redacted, text).toContain(`[redacted:${id}]`);
      expect(alone.text(redacted), text).toBe(redacted);
      expect(
        alone.find(text).map((finding) => finding.detector),
        text,
      ).toContain(id);
      expect(alone.find(redacted), text).toEqual([]);
    }
  });

  test("leaves the rest", () => {
    expect(leaves.length).toBeGreaterThan(0);
    for (const text of leaves) expect(alone.text(text)).toBe(text);
  });

  test("has a switch", () => {
    const off = createRedactor({ detectors: { ...OFF } });
    for (const text of catches) expect(off.text(text)).toBe(text);
  });

  test.skipIf(id === "encoded")("finds it in the middle of a text and behind a long one", () => {
    for (const text of catches) {
      for (const before of ["x ", `${"lorem ipsum ".repeat(1365)}abc `, "x ".repeat(8190)]) {
        expect(alone.text(`${before}${text}\nand more`), text).toContain(`[redacted:${id}]`);
      }
    }
  });
});

test("groups are switched together, and a detector's own switch beats its group's", () => {
  const mail = "bob@example.org from 203.0.113.7";
  expect(createRedactor().text(mail)).toBe(mail);
  expect(createRedactor({ detectors: { email: true } }).text(mail)).toBe("[redacted:email] from 203.0.113.7");
  expect(createRedactor({ detectors: { ip: true, ipv4: false } }).text(mail)).toBe(mail);
  expect(
    createRedactor({ detectors: { "vendor-tokens": false, "npm-token": true } }).text(`npm_${"a1B2".repeat(9)}`),
  ).toBe("[redacted:npm-token]");
});
