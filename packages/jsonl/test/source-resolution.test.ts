import { expect, test } from "vitest";

test("unit tests run on the sources of our packages, not on what was last compiled", () => {
  expect(import.meta.resolve("@plumbline/core")).toMatch(/\/packages\/core\/src\/index\.ts$/u);
});
