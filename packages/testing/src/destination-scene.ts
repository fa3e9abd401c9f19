import { createHash } from "node:crypto";
import type {
  DeliveryRequest,
  Destination,
  DestinationAbility,
  DestinationEntry,
  HandoffManifest,
  OverwriteRule,
  Plugin,
  PublishOutcome,
  StagedDelivery,
  VerificationLevel,
} from "@plumbline/core";
import { broken, BrokenRule, must, settles, succeeds, type ContractCase } from "./contract-case.ts";
import { createInstance, withInstance } from "./plugin-contract.ts";
import type { TestContext, TestContextOptions } from "./test-context.ts";

/** A far side for one destination, made fresh for each case: a folder, a server. It is looked at past the destination. */
export interface DestinationFixture {
  /** What a config would give as the plugin's options. */
  readonly options: unknown;
  /** What the context holds besides. */
  readonly context?: TestContextOptions;
  /** The names that somebody over there sees, without what the destination keeps for itself (stagings, manifests, markers). */
  visible(): readonly string[] | Promise<readonly string[]>;
  /** What stands under a name over there. */
  read(name: string): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** Somebody else over there makes a file. */
  put(name: string, content: Uint8Array): void | Promise<void>;
  /** How many stagings lie about over there. */
  staged(): number | Promise<number>;
  /** Ends the far side. */
  close?(): void | Promise<void>;
}

/** Options of `destinationContract`. */
export interface DestinationContractOptions<Options, Fixture extends DestinationFixture> {
  readonly plugin: Plugin<"destination", Options>;
  /** Makes a far side, and options that lead there. */
  setup(): Fixture | Promise<Fixture>;
  /** Sizes that mean something to it, such as exact multiples of its parts, in bytes. */
  readonly sizes?: readonly number[];
  /** The longest part of a name that it takes, in bytes. Default 255. */
  readonly maxNameBytes?: number;
  /** Options that its schema must refuse. */
  readonly invalidOptions?: readonly unknown[];
  /** Changes a byte of what is staged, past the destination, so that `verify` must find it. Without it, that case is left out. */
  readonly damage?: (fixture: Fixture, staged: StagedDelivery) => void | Promise<void>;
  /**
   * Makes the connection break, or the disk be full, at the next write, for once. Without it, the cases of failure are left out.
   */
  readonly failOnce?: (fixture: Fixture) => void | Promise<void>;
  /** Milliseconds that one call may take before it counts as hanging. Default 10,000. */
  readonly deadlineMs?: number;
}

/** A delivery that has been verified, and what it is to be published as. */
export interface PreparedDelivery {
  readonly staged: StagedDelivery;
  readonly manifest: HandoffManifest;
}

/** Who delivers in a scene. */
export const CONTRACT_OWNER = "contract";

/** A destination with its far side, while a case runs. */
export class DestinationScene<Fixture extends DestinationFixture> {
  readonly destination: Destination;
  readonly fixture: Fixture;
  readonly context: TestContext;
  readonly deadlineMs: number;
  readonly #another: () => Promise<Destination>;
  #ability: DestinationAbility | undefined;

  constructor(
    destination: Destination,
    fixture: Fixture,
    context: TestContext,
    deadlineMs: number,
    another: () => Promise<Destination>,
  ) {
    this.destination = destination;
    this.fixture = fixture;
    this.context = context;
    this.deadlineMs = deadlineMs;
    this.#another = another;
  }

  /** What `start` has found. */
  get ability(): DestinationAbility {
    must(this.#ability !== undefined, "the destination was not started");
    return this.#ability;
  }

  async start(): Promise<DestinationAbility> {
    this.#ability = await succeeds("start()", this.deadlineMs, () => this.destination.start());
    return this.#ability;
  }

  /** Whether a rule of overwriting is among what it can do. */
  allows(rule: OverwriteRule): boolean {
    return this.ability.overwrite.includes(rule);
  }

  /** The rule that most destinations have. */
  get usualRule(): OverwriteRule {
    return (["same", "never", "replace"] as const).find((rule) => this.allows(rule)) ?? "replace";
  }

  async stage(name: string, request: Partial<DeliveryRequest> = {}, signal?: AbortSignal): Promise<StagedDelivery> {
    const whole = { name, size: undefined, overwrite: this.usualRule, owner: CONTRACT_OWNER, ...request };
    return settles("stage()", this.deadlineMs, () =>
      this.destination.stage(whole, signal ?? new AbortController().signal),
    );
  }

  /** Stages, writes in chunks of uneven sizes, and verifies. */
  async prepare(name: string, content: Uint8Array, request: Partial<DeliveryRequest> = {}): Promise<PreparedDelivery> {
    const staged = await this.stage(name, { size: content.length, ...request });
    await this.write(staged, content);
    const manifest = manifestOf(name, content);
    if (staged.digest !== undefined) {
      const told = await succeeds("digest()", this.deadlineMs, async () => staged.digest?.());
      must(told === manifest.sha256, "digest() tells another SHA-256 than that of what was written");
    }
    const level = await succeeds("verify()", this.deadlineMs, () => this.verify(staged, manifest));
    const levels: readonly string[] = ["read-back", "server", "size"];
    must(levels.includes(level), `verify() resolved with ${JSON.stringify(level)}, which is no level`);
    return { staged, manifest };
  }

  async write(staged: StagedDelivery, content: Uint8Array): Promise<void> {
    for (let from = 0, size = 1; from < content.length; from += size, size = Math.min(size * 7, 262_144)) {
      // A copy that is overwritten afterwards: a destination must not need the chunk once it has resolved.
      const chunk = Uint8Array.from(content.subarray(from, from + size));
      await succeeds("write()", this.deadlineMs, () => staged.write(chunk));
      chunk.fill(0x21);
    }
  }

  /** One write, which may be refused. */
  async writeOnce(staged: StagedDelivery, chunk: Uint8Array): Promise<void> {
    return settles("write()", this.deadlineMs, () => staged.write(chunk));
  }

  /** May be refused. */
  async verify(staged: StagedDelivery, expected: Pick<HandoffManifest, "sha256" | "size">): Promise<VerificationLevel> {
    return settles("verify()", this.deadlineMs, () => staged.verify(expected));
  }

  /** Is safe at any time. */
  async abort(staged: StagedDelivery, when = ""): Promise<void> {
    await succeeds(`abort()${when}`, this.deadlineMs, () => staged.abort());
  }

  /** Resolves with whether nothing is left: an abort may be refused where the far side fails. */
  async giveUp(staged: StagedDelivery): Promise<boolean> {
    return settles("abort()", this.deadlineMs, () =>
      staged.abort().then(
        () => true,
        () => false,
      ),
    );
  }

  async reap(owner: string, destination: Destination = this.destination): Promise<number> {
    return succeeds("reap()", this.deadlineMs, () => destination.reap(owner));
  }

  async inspect(name: string, options?: { readonly hash?: boolean }): Promise<DestinationEntry | undefined> {
    return succeeds("inspect()", this.deadlineMs, () => this.destination.inspect(name, options));
  }

  /** Another instance that leads to the same far side, as a process that comes after one that was killed; closed when `use` is over. */
  async afterACrash(use: (next: Destination) => Promise<void>): Promise<void> {
    await this.fromBeside(async (next) => {
      await succeeds("start() of another instance", this.deadlineMs, () => next.start());
      await use(next);
    });
  }

  /** Another instance that leads to the same far side, and only looks: it is not started. Closed when `use` is over. */
  async fromBeside(use: (next: Destination) => Promise<void>): Promise<void> {
    const next = await this.#another();
    try {
      await use(next);
    } finally {
      await succeeds("close() of another instance", this.deadlineMs, () => next.close());
    }
  }

  async publish({ staged, manifest }: PreparedDelivery): Promise<PublishOutcome> {
    return settles("publish()", this.deadlineMs, () => staged.publish(manifest));
  }

  async deliver(name: string, content: Uint8Array, request: Partial<DeliveryRequest> = {}): Promise<PublishOutcome> {
    return this.publish(await this.prepare(name, content, request));
  }

  async expectVisible(names: readonly string[], when: string): Promise<void> {
    const seen = [...(await this.fixture.visible())].sort();
    const wanted = [...names].sort();
    must(
      JSON.stringify(seen) === JSON.stringify(wanted),
      `${when}, the far side sees ${JSON.stringify(seen)}, and not ${JSON.stringify(wanted)}`,
    );
  }

  async expectContent(name: string, content: Uint8Array): Promise<void> {
    const there = await this.fixture.read(name);
    must(there !== undefined, `nothing stands under the name ${JSON.stringify(name)}`);
    must(
      Buffer.compare(there, content) === 0,
      `${JSON.stringify(name)} holds ${there.length} bytes which are not the ${content.length} that were sent`,
    );
  }

  async close(): Promise<void> {
    await succeeds("close()", this.deadlineMs, () => this.destination.close());
  }
}

/** Makes a case of what plays in a scene of its own. */
export type DestinationCase<Fixture extends DestinationFixture> = (
  name: string,
  body: (scene: DestinationScene<Fixture>) => Promise<void>,
) => ContractCase;

/** Bytes that are the same for the same seed, and hold no repetition that a shifted block would fit into. */
export function contentOf(size: number, seed = 1): Uint8Array {
  const content = Buffer.allocUnsafe(size);
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  for (let at = 0; at < size; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    content[at] = state & 0xff;
  }
  return content;
}

/** A manifest as the hand-off makes it: its id is made of name and content. */
export function manifestOf(name: string, content: Uint8Array): HandoffManifest {
  const sha256 = createHash("sha256").update(content).digest("hex");
  const id = createHash("sha256").update(`${name}\0${sha256}`).digest("hex").slice(0, 32);
  const created = "2026-01-02T03:04:05.678Z";
  return { version: 1, id, name, size: content.length, sha256, guarantee: "committed", created };
}

/** Sets a scene, lets `body` play in it, and takes it down: the destination first, then its far side. */
export async function playDestinationScene<Options, Fixture extends DestinationFixture>(
  options: DestinationContractOptions<Options, Fixture>,
  deadlineMs: number,
  body: (scene: DestinationScene<Fixture>) => Promise<void>,
): Promise<void> {
  await withInstance(
    options.plugin,
    () => options.setup(),
    (destination, fixture, context) => {
      const another = (): Promise<Destination> => createInstance(options.plugin, fixture.options, context);
      return asBrokenRule(body(new DestinationScene(destination, fixture, context, deadlineMs, another)));
    },
    (destination) => succeeds("close()", deadlineMs, async () => destination.close()),
  );
}

/** What a destination rejects with where it must not is a broken rule like any other. */
async function asBrokenRule(play: Promise<void>): Promise<void> {
  try {
    await play;
  } catch (cause) {
    if (cause instanceof BrokenRule) throw cause;
    throw broken(`what must succeed failed: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}
