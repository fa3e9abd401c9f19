import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { definePlugin, type Plugin } from "@plumbline/core";
import { createFaultyDisk, createSystemError, sinkContract } from "@plumbline/testing";
import { describe, test } from "vitest";
import { createFileSink, createNodeFileDriver, createStdoutSink, type FileDriver } from "../src/index.ts";
import { temporaryDirectory } from "./scene.ts";

/** A schema that takes these options and no others. */
function schemaOf<Options>(...names: readonly string[]): NonNullable<Plugin<"sink", Options>["options"]> {
  return {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) => {
        const unknown = Object.keys(value as object).filter((name) => !names.includes(name));
        if (unknown.length > 0) return { issues: unknown.map((name) => ({ message: "is no option", path: [name] })) };
        return { value: value as Options };
      },
    },
  };
}

interface FileFixtureOptions {
  readonly path: string;
  readonly driver: FileDriver;
}

const file: Plugin<"sink", FileFixtureOptions> = definePlugin({
  id: "@plumbline/file/contract",
  kind: "sink",
  apiVersion: 1,
  options: schemaOf("path", "driver"),
  create: (options, { clock, diagnostics, signal }) => {
    const sink = createFileSink({ ...options, clock, diagnostics, lines: "plain" });
    return {
      start: () => sink.start(),
      write: (batch, given) => sink.write(batch, given),
      flush: (given) => sink.flush(given),
      close: () => sink.close({ signal }),
    };
  },
});

describe("the file sink keeps the contract of sinks", () => {
  const cases = sinkContract({
    plugin: file,
    setup: () => {
      const path = join(temporaryDirectory(), "c.jsonl");
      const disk = createFaultyDisk(createNodeFileDriver());
      return {
        options: { path, driver: disk.driver },
        disk,
        delivered: () => (existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : []),
      };
    },
    failOnce: ({ disk }) => disk.fail({ operation: "write", code: "ENOSPC" }),
    hang: ({ disk }) => void disk.stall("write"),
  });
  test.each(cases)("$name", async ({ run }) => run());
});

describe("the stdout sink keeps the contract of sinks", () => {
  const stdout: Plugin<"sink", { readonly write: (text: string) => void }> = definePlugin({
    id: "@plumbline/file/stdout-contract",
    kind: "sink",
    apiVersion: 1,
    options: schemaOf("write"),
    create: ({ write }, { clock, signal }) => {
      const sink = createStdoutSink({
        clock,
        open: () => ({
          identity: `contract:${Math.random()}`,
          chunkBytes: 4096,
          write: (bytes, start, length) => {
            write(Buffer.from(bytes.subarray(start, start + length)).toString("latin1"));
            return length;
          },
          close: () => undefined,
        }),
      });
      return {
        start: () => sink.start(),
        write: (batch, given) => sink.write(batch, given),
        flush: () => sink.flush(),
        close: () => sink.close({ signal }),
      };
    },
  });
  const cases = sinkContract({
    plugin: stdout,
    setup: () => {
      let text = "";
      const state = { failures: 0, isHung: false };
      return {
        options: {
          write: (more: string) => {
            if (state.isHung) throw createSystemError("EAGAIN", "write");
            if (state.failures-- > 0) throw createSystemError("ENOSPC", "write");
            text += more;
          },
        },
        state,
        delivered: () => Buffer.from(text, "latin1").toString("utf8").split("\n").slice(0, -1),
      };
    },
    failOnce: ({ state }) => void (state.failures = 1),
    hang: ({ state }) => void (state.isHung = true),
  });
  test.each(cases)("$name", async ({ run }) => run());
});
