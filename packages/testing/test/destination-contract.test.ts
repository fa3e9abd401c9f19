import { AssertionError } from "node:assert";
import { createHash } from "node:crypto";
import type { StagedDelivery } from "@plumbline/core";
import { describe, expect, test } from "vitest";
import { destinationContract } from "../src/index.ts";
import { failuresOf } from "./run-contract.ts";
import { type ToyChange, toyDestination, toyDestinationContract } from "./toy-destination.ts";

describe("a good destination keeps every rule", () => {
  test.each([...destinationContract(toyDestinationContract(toyDestination()))])("$name", ({ run }) => run());

  test("also one that rejects with errors of an assertion of its own", async () => {
    const plugin = toyDestination({
      delivery: (good) => ({
        publish: async (manifest) => {
          try {
            return await good.publish(manifest);
          } catch (cause) {
            if (!(cause instanceof Error) || !("code" in cause) || cause.code !== "PLB_HANDOFF_ORDER") throw cause;
            throw Object.assign(new AssertionError({ message: "out of order" }), { code: cause.code });
          }
        },
      }),
    });
    expect(await failuresOf(destinationContract(toyDestinationContract(plugin)))).toEqual(new Map());
  });
});

test("nor is one that hashes what was written, and needs to know of which delivery", async () => {
  const plugin = toyDestination({
    delivery: (_good, shelf) => hashing((ref) => shelf.staged.get(Number(ref))?.content),
  });
  expect(await failuresOf(destinationContract(toyDestinationContract(plugin)))).toEqual(new Map());
});

/** A delivery whose `digest` is a method that finds its content by the object that it is called on. */
function hashing(contentOf: (ref: string) => Uint8Array | undefined): Pick<StagedDelivery, "digest"> {
  return {
    async digest(this: StagedDelivery) {
      return createHash("sha256")
        .update(contentOf(this.ref) ?? "")
        .digest("hex");
    },
  };
}

const hang = (): Promise<never> => new Promise(() => undefined);

const reap = "reap: removes what its owner has left, and of others nothing";
const closed = "close: removes what is under way, and nothing of it becomes visible";
const early = "publish: is refused before verify, and for what was aborted";
const aborted = "abort: leaves nothing, is safe when repeated, and takes away nothing that is published";
const failure = "failure: shows nothing, leaves nothing for good, and the next try arrives";
const before = "publish: the far side sees nothing before, and the whole of it after";
const sizes = "publish: content of any size arrives as it was (7 sizes)";
const mismatch = "verify: finds another digest and another size, and then nothing can be published";
const damaged = "verify: finds a byte that was changed over there";
const given = "signal: what is given up is not published";
const never = "overwrite: never refuses any file that stands there";
const same = "overwrite: same takes the same content as delivered, and refuses other";
const noManifest = "overwrite: a refused delivery leaves no manifest of its content";
const nothing = "inspect, manifests: find nothing where nothing was handed on, and leave nothing";
const replace = "overwrite: replace puts the new content in place of the old";

/** What is wrong with each, and the cases that must find it. */
const BAD: Readonly<Record<string, readonly [change: ToyChange, cases: readonly string[]]>> = {
  "reap finds nothing": [{ destination: () => ({ reap: async () => 0 }) }, [reap]],
  "reap tells too many": [{ destination: (good) => ({ reap: async (owner) => 2 * (await good.reap(owner)) }) }, [reap]],
  "reap takes everybody's": [
    {
      destination: (_good, shelf) => ({
        reap: async () => {
          const { size } = shelf.staged;
          shelf.staged.clear();
          return size;
        },
      }),
    },
    [reap],
  ],
  "reap hangs": [{ destination: () => ({ reap: hang }) }, [reap, failure]],
  "publish after abort hangs": [
    {
      delivery: (good) => {
        let isOver = false;
        return {
          abort: async () => {
            isOver = true;
            await good.abort();
          },
          publish: (manifest) => (isOver ? hang() : good.publish(manifest)),
        };
      },
    },
    [early],
  ],
  "abort resolves after a failure, and something is left": [
    {
      delivery: (good, shelf) => {
        const later = { failed: false };
        return {
          write: async (chunk) => {
            later.failed = shelf.failures > 0;
            await good.write(chunk);
          },
          abort: async () => (later.failed ? undefined : good.abort()),
        };
      },
    },
    [failure],
  ],
  "abort hangs after a failure": [
    {
      delivery: (good) => {
        let hasFailed = false;
        return {
          write: async (chunk) => {
            try {
              await good.write(chunk);
            } catch (error) {
              hasFailed = true;
              throw error;
            }
          },
          abort: () => (hasFailed ? hang() : good.abort()),
        };
      },
    },
    [failure],
  ],
  "abort fails after a mismatch": [
    {
      delivery: (good) => ({
        verify: async (expected) => {
          try {
            return await good.verify(expected);
          } catch (error) {
            good.abort = () => Promise.reject(new Error("it does not let go"));
            throw error;
          }
        },
        abort: () => good.abort(),
      }),
    },
    [mismatch, damaged],
  ],
  "verify hangs at another size": [
    {
      delivery: (good, shelf) => ({
        verify: (expected) =>
          expected.size === shelf.staged.get(Number(good.ref))?.content.length ? good.verify(expected) : hang(),
      }),
    },
    [mismatch],
  ],
  "write hangs once its signal has aborted": [
    {
      delivery: (good) => ({
        write: async (chunk) => {
          try {
            await good.write(chunk);
          } catch (error) {
            if (error instanceof Error && error.name === "AbortError") await hang();
            throw error;
          }
        },
      }),
    },
    [given],
  ],
  "a rule is left out, and kept by replacing all the same": [
    {
      destination: (good) => ({
        start: async () => ({ ...(await good.start()), overwrite: ["replace"] }),
        stage: (request, signal) => good.stage({ ...request, overwrite: "replace" }, signal),
      }),
    },
    [never, same],
  ],
  "replacing is left out, and done all the same": [
    { destination: (good) => ({ start: async () => ({ ...(await good.start()), overwrite: ["never", "same"] }) }) },
    [replace],
  ],
  "what is damaged is published": [
    {
      delivery: (good, shelf) => ({
        verify: async (expected) => {
          const content = shelf.staged.get(Number(good.ref))?.content ?? Buffer.alloc(0);
          if (content.length !== expected.size) return good.verify(expected);
          return good.verify({ size: expected.size, sha256: createHash("sha256").update(content).digest("hex") });
        },
      }),
    },
    [damaged],
  ],
  "a refused delivery leaves its manifest": [
    {
      delivery: (good, shelf) => ({
        publish: async (manifest) => {
          shelf.manifests.set(manifest.id, manifest);
          return good.publish(manifest);
        },
      }),
    },
    [noManifest],
  ],
  "it is visible as it comes": [
    {
      delivery: (good, shelf, { name }) => ({
        write: async (chunk) => {
          await good.write(chunk);
          shelf.files.set(name, Buffer.concat([shelf.files.get(name) ?? Buffer.alloc(0), chunk]));
        },
      }),
    },
    [before, aborted],
  ],
  "the last byte is lost": [
    {
      delivery: (good, shelf, { name }) => ({
        publish: async (manifest) => {
          const outcome = await good.publish(manifest);
          shelf.files.set(name, shelf.files.get(name)?.subarray(0, -1) ?? Buffer.alloc(0));
          return outcome;
        },
      }),
    },
    [sizes],
  ],
  "manifests fails where there is none": [
    {
      destination: (good, shelf) => ({
        manifests: () => {
          if (shelf.manifests.size === 0) throw new Error("there is no such folder");
          return good.manifests();
        },
      }),
    },
    [nothing],
  ],
  "digest tells another": [{ delivery: () => hashing(() => Buffer.from("what nobody wrote")) }, [sizes]],
  "close leaves what is under way": [{ destination: () => ({ close: async () => undefined }) }, [closed]],
};

describe("a bad destination is found out", () => {
  test.each(Object.entries(BAD))("%s", async (_what, [change, cases]) => {
    const failures = await failuresOf(destinationContract(toyDestinationContract(toyDestination(change))));
    expect([...failures.keys()]).toEqual(expect.arrayContaining([...cases]));
  });
});

test("what the body of a case has found is told, and not what closing says afterwards", async () => {
  const plugin = toyDestination({
    destination: () => ({
      reap: async () => 7,
      close: () => Promise.reject(new Error("it does not close")),
    }),
  });
  const failures = await failuresOf(destinationContract(toyDestinationContract(plugin)));
  expect(failures.get(reap)).toContain("reap()");
  expect(failures.get(sizes)).toContain("it does not close");
});
