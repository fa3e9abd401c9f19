// Is what npm would publish what a consumer needs? `node scripts/checks/package-shape.mjs FOLDER`, after a build. Packs the folder, then asks
// publint (its own strict rules) and attw (every resolution mode that an ESM package serves) about the tarball.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { binOf } from "../lib/bin.mjs";
import { npm } from "../lib/npm.mjs";
import { report } from "../lib/report.mjs";

const folder = resolve(process.argv[2] ?? ".");
const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
const license = readFileSync(fileURLToPath(new URL("../../LICENSE", import.meta.url)), "utf8");
const problems = [];

const scratch = mkdtempSync(join(tmpdir(), "plumbline-shape-"));
try {
  const [packed] = JSON.parse(
    npm(["pack", "--json", "--ignore-scripts", "--pack-destination", scratch], { cwd: folder }),
  );
  const tarball = join(scratch, packed.filename);
  const contents = new Set(packed.files.map(({ path }) => path));

  checkManifest();
  checkContents(contents);
  await checkWithPublint(tarball);
  checkWithAttw(tarball);
  checkRequire();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
report(`the package ${manifest.name}`, problems);

function checkManifest() {
  if (manifest.license !== "Apache-2.0") problems.push("license: not Apache-2.0");
  if (manifest.engines?.node !== ">=20.19") problems.push("engines.node: not >=20.19");
  for (const [name, range] of Object.entries(manifest.dependencies ?? {})) {
    if (name.startsWith("@plumbline/") && !/^\^\d/u.test(range))
      problems.push(`dependencies.${name}: ${range} is not a caret range`);
  }
  for (const [entry, conditions] of codeEntries()) {
    // `import` stands beside `default` where what is imported may wait, and what is required may not.
    if (!/^@plumbline\/source,types,(?:import,)?default$/u.test(Object.keys(conditions).join())) {
      problems.push(
        `exports["${entry}"]: conditions are not @plumbline/source, types, (import,) default, in this order`,
      );
    }
  }
}

/** @param {ReadonlySet<string>} contents */
function checkContents(contents) {
  if (!contents.has("README.md")) problems.push("the tarball has no README.md");
  if (!contents.has("LICENSE")) problems.push("the tarball has no LICENSE");
  else if (readFileSync(join(folder, "LICENSE"), "utf8") !== license)
    problems.push("LICENSE: not the text at the root");
  for (const [entry, conditions] of codeEntries()) {
    for (const target of Object.values(conditions)) {
      if (!contents.has(target.replace("./", ""))) problems.push(`exports["${entry}"]: the tarball has no ${target}`);
    }
  }
  for (const path of contents) {
    if (/(?:^|\/)(?:test|tests|fixtures)\/|\.tsbuildinfo$|(?:^|\/)tsconfig/u.test(path))
      problems.push(`the tarball holds ${path}`);
  }
}

/** @param {string} tarball */
async function checkWithPublint(tarball) {
  const bytes = readFileSync(tarball);
  const { messages, pkg } = await publint({
    strict: true,
    pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) },
  });
  for (const message of messages) problems.push(`publint: ${formatMessage(message, pkg, { color: false })}`);
}

/** @param {string} tarball */
function checkWithAttw(tarball) {
  if (codeEntries().length === 0) {
    console.log(`${manifest.name} exports no code: attw has nothing to look at`);
    return;
  }
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      binOf("@arethetypeswrong/cli", "attw"),
      tarball,
      "--profile",
      "esm-only",
      "--format",
      "ascii",
      "--no-emoji",
      "--no-color",
      "--exclude-entrypoints",
      "package.json",
    ],
    { encoding: "utf8" },
  );
  if (status !== 0) problems.push(`attw: ${stdout}${stderr}`);
}

/** A top-level await anywhere below an entry makes `require()` of it throw. */
function checkRequire() {
  for (const [entry, conditions] of codeEntries()) {
    if (entry !== "." || !existsSync(join(folder, conditions.default))) continue;
    try {
      execFileSync(
        process.execPath,
        ["--input-type=commonjs", "--eval", "require(process.argv[1])", join(folder, conditions.default)],
        { stdio: "pipe" },
      );
    } catch (error) {
      problems.push(`require("${manifest.name}") fails: ${String(error)}`);
    }
  }
}

/** @returns {[string, Record<string, string>][]} */
function codeEntries() {
  return Object.entries(manifest.exports ?? {}).filter(([, conditions]) => typeof conditions === "object");
}
