import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { EXIT } from "../../src/exit-code.ts";
import { runCommand } from "../recorded-console.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const EPOCH = "0123456789abc";
const line = (seq: number, extra: object = {}): string =>
  `${JSON.stringify({ id: `${EPOCH}:${seq}`, time: "2026-11-20T21:57:03.123456Z", severity: "INFO", body: "b", ...extra })}\n`;
const lines = (...seqs: readonly number[]): string => seqs.map((seq) => line(seq)).join("");

function fileWith(text: string): { cwd: string; path: string } {
  const cwd = temporaryFolder();
  const path = join(cwd, "out.jsonl");
  writeFileSync(path, text);
  return { cwd, path };
}

interface Result {
  readonly ok: boolean;
  readonly events: number;
  readonly secretCount: number;
  readonly journals: readonly {
    readonly path: string;
    readonly counts: object;
    readonly missing: number;
    readonly files: number;
  }[];
}

async function verifyJson(path: string, cwd: string): Promise<{ code: number; result: Result }> {
  const { code, out } = await runCommand(["verify", "--json", path], { cwd });
  return { code, result: JSON.parse(out) as Result };
}

describe("verify", () => {
  test("finds nothing in whole lines", async () => {
    const { cwd, path } = fileWith(lines(1, 2, 3));
    const { code, out, err } = await runCommand(["verify", path], { cwd });
    expect({ code, err }).toEqual({ code: EXIT.ok, err: "" });
    expect(out).toContain("1–3, dense");
    expect(out).toContain("ok: 3 events in 1 file, nothing wrong");
  });

  const [second, third] = [lines(1).length, lines(1, 2).length];
  test.each([
    ["torn", `${lines(1)}{"id":"`, { torn: 1 }, 2, second],
    ["hole", lines(1, 4), { hole: 1 }, 2, second],
    ["repeated", lines(1, 2, 2), { repeated: 1 }, 3, third],
    ["reordered", lines(1, 3, 2), { reordered: 1 }, 3, third],
    ["not-json", `${lines(1)}${line(2).slice(0, 30)}${line(2)}`, { "not-json": 1 }, 2, second],
    ["nul", `${lines(1)}\0\0\n`, { nul: 1 }, 2, second],
    ["not-an-event", `${lines(1)}[]\n`, { "not-an-event": 1 }, 2, second],
    ["bad-time", `${lines(1)}${line(2, { time: "yesterday" })}`, { "bad-time": 1 }, 2, second],
    ["bad-severity", `${lines(1)}${line(2, { severity: "LOUD" })}`, { "bad-severity": 1 }, 2, second],
  ])("names %s with its file, line and byte", async (kind, text, counts, number, offset) => {
    const { cwd, path } = fileWith(text);
    const { code, result } = await verifyJson(path, cwd);
    expect(code).toBe(EXIT.found);
    expect(result.ok).toBe(false);
    expect(result.journals[0]?.counts).toEqual(counts);

    const { out } = await runCommand(["verify", path], { cwd });
    expect(out).toContain(`${path}:${number} (byte ${offset}) ${kind} `);
    expect(out).toContain("not ok");
  });

  test("finds secrets under a name, in a text and in a name, and does not repeat them", async () => {
    const secret = ["gh", "p_", "A1b2C3d4E5".repeat(3), "F6g7H8"].join("");
    const attributes = { user: { password: "hunter2" }, note: `with ${secret}`, [secret]: 1, fine: null };
    const { cwd, path } = fileWith(line(1, { attributes }));
    const { code, out } = await runCommand(["verify", path], { cwd });
    expect(code).toBe(EXIT.found);
    expect(out).toContain("attributes.user.password");
    expect(out).toContain("attributes.note");
    expect(out).not.toContain(secret);
    expect(out).not.toContain("hunter2");
    expect((await verifyJson(path, cwd)).result.secretCount).toBe(3);
  });

  test("looks for secrets alone when told to, whatever else is wrong", async () => {
    const broken = `x\n${lines(1, 4, 4)}`;
    const { cwd, path } = fileWith(broken);
    const clean = await runCommand(["verify", "--secrets", path], { cwd });
    expect(clean.code).toBe(EXIT.ok);
    expect(clean.out).toMatch(/\.jsonl +4 +3 +0$/m);
    expect(clean.out).toContain("note: no event: 1 line;");
    expect(clean.out).toContain("ok: 3 events, no secret");
    expect(clean.out).not.toContain("repeated");

    appendFileSync(path, line(5, { attributes: { user: { password: "hunter2" } } }));
    const { code, out } = await runCommand(["verify", "--secrets", path], { cwd });
    expect(code).toBe(EXIT.found);
    expect(out).toContain(`${path}:5 (byte ${Buffer.byteLength(broken)}) secret attributes.user.password`);
    expect(out).toContain("not ok: 1 secret in 4 events");
    const json = await runCommand(["verify", "--secrets", "--json", path], { cwd });
    expect(JSON.parse(json.out)).toMatchObject({ ok: false, secretCount: 1, journals: [{ path, events: 4 }] });
  });

  test("finds none at a path that the config allows, as the walk begins it", async () => {
    const { cwd, path } = fileWith(line(1, { attributes: { public: { token: "a-page-token" } } }));
    expect((await verifyJson(path, cwd)).result.secretCount).toBe(1);
    writeFileSync(join(cwd, "plumbline.yaml"), 'service: { name: x }\nredact: { allow: ["public.*"] }\n');
    expect((await verifyJson(path, cwd)).result.secretCount).toBe(0);
  });

  test("verifies beside a config that is wrong, by the built-in rules, and says so", async () => {
    const { cwd, path } = fileWith(lines(1, 2));
    writeFileSync(join(cwd, "plumbline.yaml"), "service: { name: x }\nsinsk: {}\n");
    const { code, out, err } = await runCommand(["verify", path], { cwd });
    expect(code).toBe(EXIT.found);
    expect(out).toContain("1–2, dense");
    expect(err).toContain("PLB_CONFIG_UNKNOWN_KEY");
    expect(err).toContain("by the built-in rules alone");
    const json = await runCommand(["verify", "--json", path], { cwd });
    expect(JSON.parse(json.out)).toMatchObject({
      ok: false,
      events: 2,
      configProblems: [{ code: "PLB_CONFIG_UNKNOWN_KEY" }],
    });
    expect((await runCommand(["verify", "--no-config", path], { cwd })).code).toBe(EXIT.ok);
    // Where its rules are what was asked for, they cannot be done without.
    for (const asked of [["--secrets"], ["--config", join(cwd, "plumbline.yaml")]]) {
      const refused = await runCommand(["verify", ...asked, path], { cwd });
      expect(refused).toMatchObject({ code: EXIT.usage, out: "" });
    }
  });

  test("finds secrets under a name that an object has twice", async () => {
    const twice = [
      line(1, { body: "SPLIT" }).replace('"SPLIT"', '"password=hunter2x9","body":"ok"'),
      line(2, { attributes: { token: "SPLIT" } }).replace('"SPLIT"', '"hunter2x9","token":null'),
    ];
    const { cwd, path } = fileWith(twice.join(""));
    const { out } = await runCommand(["verify", path], { cwd });
    expect(out).toContain("secret The line holds what the rule key-value knows as a secret.");
    expect((await verifyJson(path, cwd)).result.secretCount).toBe(2);
  });

  test.each([
    [
      "beside what Plumbline writes",
      `{"time":"2026-11-20T21:57:03Z","msg":"password=hunter2x9","token":"hunter2x9"}\n`,
      2,
    ],
    ["in a torn line", `${lines(1)}{"body":"password=hunter2x9`, 1],
    ["in glued lines", `{"token":"hunter2x9"}{"password":"hunter2x9"}\n`, 2],
    ["in JSON without a time", '{"token":"hunter2x9"}\n["password=hunter2x9"]\n', 2],
    ["in a line with NUL bytes", "password=hunter2x9 and \0\0\n", 1],
    ["in a line that is nested too deep", `${"[".repeat(600)}"password=hunter2x9"${"]".repeat(600)}\n`, 1],
  ])("finds secrets %s", async (_, text, count) => {
    const { cwd, path } = fileWith(text);
    const { code, result } = await verifyJson(path, cwd);
    expect({ code, count: result.secretCount }).toEqual({ code: EXIT.found, count });
  });

  test("finds secrets in bytes that are no UTF-8, and in what was set aside", async () => {
    const cwd = temporaryFolder();
    const bytes = Buffer.concat([Buffer.from([0xe9, 0x20]), Buffer.from("password=hunter2x9\n")]);
    const path = join(cwd, "app.jsonl");
    writeFileSync(path, bytes);
    expect((await verifyJson(path, cwd)).result.secretCount).toBe(1);
    const folder = join(cwd, "telemetry");
    mkdirSync(folder);
    writeFileSync(join(folder, "shop.jsonl"), lines(1));
    writeFileSync(join(folder, "shop.torn-20261120T215703.123456Z"), '{"body":"password=hunter2x9');
    expect((await verifyJson(folder, cwd)).result).toMatchObject({ secretCount: 1, journals: [{ counts: {} }] });
  });

  test("takes what is redacted for no secret", async () => {
    const attributes = { password: "[redacted:key]", token: null, secret: "", cookie: true };
    const { cwd, path } = fileWith(line(1, { attributes }));
    expect(await verifyJson(path, cwd)).toMatchObject({ code: EXIT.ok, result: { secretCount: 0 } });
  });

  test("reads the journals of a folder with their segments, packed or not", async () => {
    const cwd = temporaryFolder();
    const folder = join(cwd, "telemetry");
    mkdirSync(folder);
    writeFileSync(join(folder, `shop.${EPOCH}-1.jsonl.gz`), gzipSync(lines(1, 2)));
    writeFileSync(join(folder, `shop.${EPOCH}-3.jsonl`), lines(3, 4));
    writeFileSync(join(folder, "shop.jsonl"), lines(5));
    writeFileSync(join(folder, "other.jsonl"), "");
    const whole = await verifyJson(folder, cwd);
    expect(whole.code).toBe(EXIT.ok);
    expect(whole.result.journals.map(({ path, files }) => [path, files])).toEqual([
      [join(folder, "other.jsonl"), 1],
      [join(folder, "shop.jsonl"), 3],
    ]);
    expect(whole.result.events).toBe(5);

    appendFileSync(join(folder, `shop.${EPOCH}-3.jsonl`), lines(6));
    expect((await verifyJson(folder, cwd)).result.ok).toBe(false);
  });

  test("lists so many findings and counts all", async () => {
    const { cwd, path } = fileWith("x\n".repeat(50));
    const { out } = await runCommand(["verify", path], { cwd });
    expect(out.match(/ not-json /g)).toHaveLength(20);
    expect(out).toContain("and 30 more");
  });

  test.each([["no/such/file.jsonl"], ["."]])("refuses %s, where there is nothing to read", async (path) => {
    const { code, err } = await runCommand(["verify", join(temporaryFolder(), path)], { cwd: "." });
    expect(code).toBe(EXIT.usage);
    expect(err).toContain("PLB_CLI_NO_FILE");
  });
});
