import { createHash } from "node:crypto";
import {
  createErrorFactory,
  definePlugin,
  type DeliveryRequest,
  type Destination,
  type HandoffManifest,
  type Plugin,
  type StagedDelivery,
} from "@plumbline/core";
import type { DestinationContractOptions, DestinationFixture } from "../src/index.ts";

/** A far side. */
export interface Shelf {
  readonly files: Map<string, Buffer>;
  readonly manifests: Map<string, HandoffManifest>;
  /** By a number, whose it is and what it holds. */
  readonly staged: Map<number, { readonly owner: string; content: Buffer }>;
  failures: number;
  lastRef: number;
}

export interface ShelfFixture extends DestinationFixture {
  readonly shelf: Shelf;
}

interface ToyOptions {
  readonly shelf: Shelf;
}

/** What a test may do differently from a good destination; each call of `stage` gives deliveries changed by the second. */
export interface ToyChange {
  readonly destination?: (good: Destination, shelf: Shelf) => Partial<Destination>;
  readonly delivery?: (good: StagedDelivery, shelf: Shelf, request: DeliveryRequest) => Partial<StagedDelivery>;
}

const entry = { summary: "x", why: "x", mend: "x" };
const toyError = createErrorFactory({
  PLB_HANDOFF_NAME_TAKEN: entry,
  PLB_HANDOFF_NAME_UNSUITABLE: entry,
  PLB_HANDOFF_MISMATCH: entry,
  PLB_HANDOFF_ORDER: entry,
} as const);

const options: NonNullable<Plugin<"destination", ToyOptions>["options"]> = {
  "~standard": {
    version: 1,
    vendor: "toy",
    validate: (value) => {
      const given = value as Partial<ToyOptions> | undefined;
      const unknown = Object.keys(given ?? {}).filter((key) => key !== "shelf");
      if (given?.shelf === undefined) return { issues: [{ message: "is missing", path: ["shelf"] }] };
      if (unknown.length > 0) return { issues: unknown.map((key) => ({ message: "is unknown", path: [key] })) };
      return { value: { shelf: given.shelf } };
    },
  },
};

/** A destination that keeps the contract, changed as told. */
export function toyDestination(change: ToyChange = {}): Plugin<"destination", ToyOptions> {
  return definePlugin({
    id: "@acme/shelf",
    kind: "destination",
    apiVersion: 1,
    options,
    create: ({ shelf }) => {
      const good = goodDestination(shelf, change);
      return { ...good, ...change.destination?.(good, shelf) };
    },
  });
}

/** The contract's options for a toy. */
export function toyDestinationContract(
  plugin: Plugin<"destination", ToyOptions>,
): DestinationContractOptions<ToyOptions, ShelfFixture> {
  return {
    plugin,
    setup: () => {
      const shelf: Shelf = { files: new Map(), manifests: new Map(), staged: new Map(), failures: 0, lastRef: 0 };
      return {
        shelf,
        options: { shelf },
        visible: () => [...shelf.files.keys()],
        read: (name) => shelf.files.get(name),
        put: (name, content) => void shelf.files.set(name, Buffer.from(content)),
        staged: () => shelf.staged.size,
      };
    },
    invalidOptions: [undefined, {}],
    damage: ({ shelf }, { ref }) => {
      const staged = shelf.staged.get(Number(ref));
      if (staged !== undefined) staged.content[100] = (staged.content[100] ?? 0) ^ 1;
    },
    failOnce: ({ shelf }) => {
      shelf.failures = 1;
    },
    deadlineMs: 150,
  };
}

function goodDestination(shelf: Shelf, { delivery }: ToyChange): Destination {
  const mine = new Set<StagedDelivery>();
  return {
    start: async () => ({
      publish: "atomic",
      verification: "read-back",
      durable: true,
      overwrite: ["never", "same", "replace"],
      freeBytes: undefined,
    }),
    stage: async (request, signal) => {
      checkName(request.name);
      const good = goodDelivery(shelf, request, signal);
      mine.add(good);
      return { ...good, ...delivery?.(good, shelf, request) };
    },
    inspect: async (name) => {
      const content = shelf.files.get(name);
      if (content === undefined) return undefined;
      return { name, size: content.length, sha256: sha256Of(content), modifiedMs: undefined };
    },
    async *manifests() {
      yield* shelf.manifests.values();
    },
    reap: async (owner) => {
      const own = new Set([...mine].map(({ ref }) => Number(ref)));
      const left = [...shelf.staged].filter(([ref, staged]) => staged.owner === owner && !own.has(ref));
      for (const [ref] of left) shelf.staged.delete(ref);
      return left.length;
    },
    close: async () => {
      for (const staged of mine) await staged.abort();
    },
  };
}

function goodDelivery(shelf: Shelf, { name, owner, overwrite }: DeliveryRequest, signal: AbortSignal): StagedDelivery {
  const ref = ++shelf.lastRef;
  const staged = { owner, content: Buffer.alloc(0) };
  shelf.staged.set(ref, staged);
  let phase: "writing" | "verified" | "over" = "writing";
  const expect = (wanted: typeof phase): void => {
    signal.throwIfAborted();
    if (phase !== wanted) throw toyError("PLB_HANDOFF_ORDER");
  };
  return {
    ref: String(ref),
    write: async (chunk) => {
      expect("writing");
      if (shelf.failures-- > 0) throw new Error("the shelf is shaking");
      staged.content = Buffer.concat([staged.content, chunk]);
    },
    verify: async ({ sha256, size }) => {
      expect("writing");
      phase = size === staged.content.length && sha256 === sha256Of(staged.content) ? "verified" : "over";
      if (phase === "over") throw toyError("PLB_HANDOFF_MISMATCH");
      return "read-back";
    },
    publish: async (manifest) => {
      expect("verified");
      const there = shelf.files.get(name);
      const isSame = there !== undefined && overwrite === "same" && there.equals(staged.content);
      if (there !== undefined && overwrite !== "replace" && !isSame) throw toyError("PLB_HANDOFF_NAME_TAKEN");
      phase = "over";
      shelf.manifests.set(manifest.id, manifest);
      shelf.files.set(name, staged.content);
      shelf.staged.delete(ref);
      return isSame ? "already-there" : "published";
    },
    abort: async () => {
      phase = "over";
      shelf.staged.delete(ref);
    },
  };
}

function checkName(name: string): void {
  for (const part of name.split("/")) {
    const isOdd = ["", ".", ".."].includes(part) || part.includes("\0") || Buffer.byteLength(part) > 255;
    if (isOdd || part === ".plumbline-handoff") throw toyError("PLB_HANDOFF_NAME_UNSUITABLE");
  }
}

function sha256Of(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
