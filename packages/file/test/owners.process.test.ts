import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { finish, firstLine, startProgram } from "./run-program.ts";
import { expectUpTo, readIndexes, temporaryDirectory, upTo, verify } from "./scene.ts";

interface Opened {
  readonly path: string;
  readonly epoch: string;
}

/** The path of a slot, by its number from 1. */
function slot(path: string, number: number): string {
  return number === 1 ? path : join(dirname(path), `c.slot${number}.jsonl`);
}

describe("a file that several want", () => {
  test("is written by one process, the others take slots, each whole", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const children = upTo(4).map(() => startProgram("owner", [path, "500"]));
    const opened = await Promise.all(children.map((child) => firstLine<Opened>(child)));
    expect(opened.map((each) => each.path).sort()).toEqual(
      upTo(4)
        .map((index) => slot(path, index + 1))
        .sort(),
    );
    expect(new Set(opened.map((each) => each.epoch)).size).toBe(4);
    for (const each of opened) {
      expectUpTo(await readIndexes(each.path), 500);
      expect((await verify(each.path)).ok).toBe(true);
    }
  });

  test("is free at once when its owner is killed, and not while he is stopped", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const owner = startProgram("owner", [path]);
    expect((await firstLine<Opened>(owner)).path).toBe(path);
    owner.kill("SIGSTOP");
    const second = startProgram("owner", [path]);
    expect((await firstLine<Opened>(second)).path).toBe(slot(path, 2));
    const gone = finish(owner);
    owner.kill("SIGKILL");
    await gone;
    const third = startProgram("owner", [path]);
    expect((await firstLine<Opened>(third)).path).toBe(path);
  });

  test("is taken over by one of many at once, round after round", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    for (let round = 0; round < 2; round++) {
      const children = upTo(4).map(() => startProgram("owner", [path]));
      const opened = await Promise.all(children.map((child) => firstLine<Opened>(child)));
      expect(opened.map((each) => each.path).sort()).toEqual(
        upTo(4)
          .map((index) => slot(path, index + 1))
          .sort(),
      );
      const ended = children.map((child) => finish(child));
      for (const child of children) child.kill("SIGKILL");
      await Promise.all(ended);
    }
  });

  test("is given to one worker thread each, and free when one is terminated", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const { code, stdout, stderr } = await finish(startProgram("threads", [path]));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { paths, first, taken } = JSON.parse(stdout) as { paths: readonly string[]; first: string; taken: string };
    expect([...paths].sort()).toEqual(
      upTo(4)
        .map((index) => slot(path, index + 1))
        .sort(),
    );
    expect(taken).toBe(first);
    for (const each of paths) expectUpTo(await readIndexes(each), 300);
  });

  test("is owned by a cluster's worker himself", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const { stdout, stderr } = await finish(startProgram("cluster", [path]));
    expect({ stderr, paths: JSON.parse(stdout) as unknown }).toEqual({
      stderr: "",
      paths: [path, slot(path, 2), path],
    });
  });

  const unshare = ["unshare", "-Urpf", "--mount-proc"];
  const hasNamespaces = spawnSync(unshare[0] ?? "", [...unshare.slice(1), "true"]).status === 0;

  test(`is not shared by two pid namespaces${hasNamespaces ? "" : " (not tried: this machine makes none)"}`, async () => {
    if (!hasNamespaces) return;
    const path = join(temporaryDirectory(), "c.jsonl");
    const first = startProgram("owner", [path], { wrapper: unshare });
    expect((await firstLine<Opened>(first)).path).toBe(path);
    const second = startProgram("owner", [path, "0", "leave"], { wrapper: unshare });
    expect((await firstLine<Opened>(second)).path).toBe(slot(path, 2));
    expect(existsSync(path)).toBe(true);
    // Nobody stays behind: what is started in the namespace holds its output open until it has ended.
    const gone = finish(first);
    first.stdin?.destroy();
    first.kill("SIGKILL");
    await gone;
  });
});
