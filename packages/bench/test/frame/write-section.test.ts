import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { table } from "../../src/frame/table.ts";
import { writeSection } from "../../src/frame/write-section.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "plumbline-bench-test-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("what stands between a section's marks is replaced, and nothing else", async () => {
  const path = join(directory, "page.md");
  writeFileSync(
    path,
    "# A\n\n<!-- bench:a -->\n\nold\n\n<!-- /bench:a -->\n\n<!-- bench:b -->\n\nkept\n\n<!-- /bench:b -->\n",
  );
  await writeSection(pathToFileURL(path), "a", "new");
  expect(readFileSync(path, "utf8")).toBe(
    "# A\n\n<!-- bench:a -->\n\nnew\n\n<!-- /bench:a -->\n\n<!-- bench:b -->\n\nkept\n\n<!-- /bench:b -->\n",
  );
});

test("a page without the section is refused", async () => {
  const path = join(directory, "page.md");
  writeFileSync(path, "# A\n");
  await expect(writeSection(pathToFileURL(path), "a", "new")).rejects.toThrow("no section marked <!-- bench:a -->");
  expect(readFileSync(path, "utf8")).toBe("# A\n");
});

test("a table's columns are as wide as what stands in them", () => {
  const text = table(
    [
      { heading: "name", align: "left", cell: ({ name }: { name: string; value: number }) => name },
      { heading: "ns", align: "right", cell: ({ value }) => String(value) },
    ],
    [
      { name: "a", value: 1 },
      { name: "longer", value: 12_345 },
    ],
  );
  expect(text.split("\n")).toEqual([
    "| name   |    ns |",
    "| ------ | ----: |",
    "| a      |     1 |",
    "| longer | 12345 |",
  ]);
});
