import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { PickupGuarantee, PickupItem } from "@plumbline/core";
import { expectUnchanged, readStable, sourceChanged } from "../stable-file.ts";
import { type FileIdentity, identityText } from "../stability/identity.ts";

/** What an item is made of. */
export interface SourceFacts {
  readonly path: string;
  /** The final name, relative, with `/`. */
  readonly name: string;
  readonly identity: FileIdentity;
  readonly guarantee: PickupGuarantee;
  readonly evidence: readonly string[];
  /** What the producer says, in hex. */
  readonly sha256: string | undefined;
  readonly isOrdered?: boolean;
  readonly isPutAway?: boolean;
  readonly settle: () => Promise<void>;
  readonly abandon?: () => void;
  /** Called when the file changed on the way; not where its content is not what its producer tells, which only another word of the producer's mends. */
  readonly changed: () => void;
  /** Looked at besides the file itself, before it is published. */
  readonly recheck?: () => Promise<void>;
}

/** A file on this machine that is ready to be handed on. */
export function createSourceItem(facts: SourceFacts): PickupItem {
  const { path, name, identity, guarantee, evidence, sha256 } = facts;
  let isWrong = false;
  return {
    key: createHash("sha256")
      .update(`${name}\0${identityText(identity)}`)
      .digest("hex")
      .slice(0, 32),
    name,
    guarantee,
    evidence,
    size: Number(identity.size),
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(facts.isOrdered === undefined ? {} : { isOrdered: facts.isOrdered }),
    ...(facts.isPutAway === undefined ? {} : { isPutAway: facts.isPutAway }),
    async *read(signal) {
      const hash = sha256 === undefined ? undefined : createHash("sha256");
      for await (const chunk of readStable(path, identity, signal)) {
        hash?.update(chunk);
        yield chunk;
      }
      isWrong = hash !== undefined && hash.digest("hex") !== sha256;
      if (isWrong) {
        throw sourceChanged(basename(path), "its content has not the SHA-256 that its producer tells", ["sha256"]);
      }
    },
    recheck: async () => {
      await expectUnchanged(path, identity);
      await facts.recheck?.();
    },
    settle: facts.settle,
    changed: () => {
      if (!isWrong) facts.changed();
    },
    ...(facts.abandon === undefined ? {} : { abandon: facts.abandon }),
  };
}
