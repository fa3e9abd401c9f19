import type { HandoffManifest } from "@plumbline/core";
import { DEFAULT_DEADLINE_MS, must, succeeds, type ContractCase } from "./contract-case.ts";
import { damageCase, failureCase } from "./destination-failure-cases.ts";
import { overwriteCases } from "./destination-overwrite-cases.ts";
import { reapsItsOwn } from "./destination-reap-case.ts";
import {
  contentOf,
  type DestinationContractOptions,
  type DestinationFixture,
  type DestinationScene,
  manifestOf,
  playDestinationScene,
} from "./destination-scene.ts";
import { countResources, expectNoLeak } from "./leak-check.ts";
import { pluginCases, subjectOf } from "./plugin-contract.ts";
import { expectRefusal } from "./refusal.ts";

const SIZES: readonly number[] = [0, 1, 2, 4096, 65_537, 1_048_576, 1_048_577];
const HOSTILE_NAMES: readonly string[] = [
  "",
  ".",
  "..",
  "../out",
  "a/../../out",
  "/out",
  "a//b",
  "a/",
  "a/./b",
  "nul\0name",
  ".plumbline-handoff/staging/x",
  "n".repeat(256),
];

/**
 * The contract of a destination, rule by rule: what `Destination` of `@plumbline/core` says, as far as it can be seen from outside. Cases of damage and
 * failure are there when the options tell how to cause them.
 */
export function destinationContract<Options, Fixture extends DestinationFixture>(
  options: DestinationContractOptions<Options, Fixture>,
): readonly ContractCase[] {
  const deadlineMs = options.deadlineMs ?? DEFAULT_DEADLINE_MS;
  const scene = (name: string, body: (scene: DestinationScene<Fixture>) => Promise<void>): ContractCase => ({
    name,
    run: () => playDestinationScene(options, deadlineMs, body),
  });
  const { damage, failOnce } = options;
  const sizes = [...SIZES, ...(options.sizes ?? [])];
  return [
    ...pluginCases({
      plugin: options.plugin,
      invalidOptions: options.invalidOptions ?? [],
      deadlineMs,
      open: () => subjectOf(() => options.setup()),
    }),
    scene("start: says what the far side can do in the contract's terms", checkAbility),
    scene("start: leaves nothing that the far side sees", async (play) => {
      await play.start();
      await play.expectVisible([], "after start()");
    }),
    scene("close: is safe without start, and when repeated", async (play) => {
      await play.close();
      await play.close();
    }),
    scene("close: removes what is under way, and nothing of it becomes visible", async (play) => {
      await play.start();
      const { staged } = await play.prepare("under-way.bin", contentOf(70_000));
      await play.close();
      await play.close();
      await play.expectVisible([], "after close()");
      must((await play.fixture.staged()) === 0, "close() left a staging behind");
      await play.abort(staged, " after close()");
    }),
    scene("publish: the far side sees nothing before, and the whole of it after", showsNothingBefore),
    scene(`publish: content of any size arrives as it was (${sizes.length} sizes)`, async (play) => {
      await play.start();
      for (const [index, size] of sizes.entries()) {
        const content = contentOf(size, index + 1);
        const outcome = await play.deliver(`size-${index}-${size}.bin`, content);
        must(outcome === "published", `publish() resolved with ${JSON.stringify(outcome)}`);
        await play.expectContent(`size-${index}-${size}.bin`, content);
      }
      must((await play.fixture.staged()) === 0, "stagings lie about after everything was published");
    }),
    scene("publish: keeps a manifest that tells name, size and digest", keepsManifests),
    scene("inspect, manifests: need no start, and one place has one identity", looksWithoutStart),
    scene("inspect, manifests: find nothing where nothing was handed on, and leave nothing", findsNothing),
    scene("publish: is refused before verify, and for what was aborted", async (play) => {
      await play.start();
      const staged = await play.stage("early.bin");
      await play.write(staged, contentOf(100));
      await expectRefusal("publish() before verify()", ["PLB_HANDOFF_ORDER"], () =>
        play.publish({ staged, manifest: manifestOf("early.bin", contentOf(100)) }),
      );
      await play.abort(staged);
      const prepared = await play.prepare("aborted.bin", contentOf(100));
      await play.abort(prepared.staged);
      await expectRefusal("publish() after abort()", undefined, () => play.publish(prepared));
      await play.expectVisible([], "after refused publishes");
    }),
    scene("verify: finds another digest and another size, and then nothing can be published", findsMismatch),
    scene("abort: leaves nothing, is safe when repeated, and takes away nothing that is published", abortsCleanly),
    scene("signal: what is given up is not published", async (play) => {
      await play.start();
      const giveUp = new AbortController();
      const staged = await play.stage("given-up.bin", {}, giveUp.signal);
      await play.write(staged, contentOf(5000));
      giveUp.abort();
      await expectRefusal("write() after its signal has aborted", undefined, async () => {
        const manifest = manifestOf("given-up.bin", contentOf(5010));
        await play.writeOnce(staged, contentOf(10));
        await play.verify(staged, manifest);
        await play.publish({ staged, manifest });
      });
      await play.abort(staged);
      await play.expectVisible([], "after the signal has aborted");
    }),
    scene("names: folders, blanks, unicode and the longest that fit", async (play) => {
      await play.start();
      const longest = "n".repeat(options.maxNameBytes ?? 255);
      const names = ["a/b/c.bin", "with blank.bin", "na\u00EFve \u{1F4E6} \u4E2D.bin", "-dash", "%41+?#&.bin", longest];
      for (const [index, name] of names.entries()) {
        await play.deliver(name, contentOf(50, index));
        await play.expectContent(name, contentOf(50, index));
      }
      await play.expectVisible(names, "after publishing them");
    }),
    scene("names: refuses what leads elsewhere", async (play) => {
      await play.start();
      for (const name of HOSTILE_NAMES) {
        await expectRefusal(`stage() of ${JSON.stringify(name)}`, ["PLB_HANDOFF_NAME_UNSUITABLE"], () =>
          play.stage(name),
        );
      }
      await play.expectVisible([], "after refusing them");
    }),
    scene("inspect: tells what stands there, and that nothing does", async (play) => {
      await play.start();
      must((await play.inspect("nothing.bin")) === undefined, "inspect() tells of what is not there");
      const content = contentOf(3000);
      await play.deliver("there.bin", content);
      const entry = await play.inspect("there.bin", { hash: true });
      must(entry?.size === content.length, `inspect() says ${entry?.size} bytes of ${content.length}`);
      const { sha256 } = manifestOf("there.bin", content);
      must(entry.sha256 === undefined || entry.sha256 === sha256, "inspect() tells a wrong digest");
    }),
    scene("reap: removes what its owner has left, and of others nothing", (play) =>
      reapsItsOwn(play, Math.max(70_000, ...sizes)),
    ),
    scene("several at once: each arrives whole", async (play) => {
      await play.start();
      const contents = Array.from({ length: 8 }, (_, index) => contentOf(100_000 + index, index + 1));
      await Promise.all(contents.map((content, index) => play.deliver(`many/${index}.bin`, content)));
      for (const [index, content] of contents.entries()) await play.expectContent(`many/${index}.bin`, content);
    }),
    ...overwriteCases(scene),
    {
      name: "leaks: nothing stays after close",
      run: async () => {
        const before = await countResources();
        await playDestinationScene(options, deadlineMs, async (play) => {
          await play.start();
          await play.deliver("one.bin", contentOf(1000));
          await play.stage("left.bin");
          await play.close();
          const { pendingTimers } = play.context;
          must(pendingTimers === 0, `${pendingTimers} timers of the context's clock are still set after close()`);
        });
        await expectNoLeak(before, "the destination");
      },
    },
    ...(damage === undefined ? [] : [damageCase(scene, damage)]),
    ...(failOnce === undefined ? [] : [failureCase(scene, failOnce)]),
  ];
}

async function checkAbility<Fixture extends DestinationFixture>(play: DestinationScene<Fixture>): Promise<void> {
  const { publish, verification, durable, overwrite, freeBytes } = await play.start();
  must(["atomic", "linear", "marker"].includes(publish), `publish is ${JSON.stringify(publish)}`);
  must(["read-back", "server", "size"].includes(verification), `verification is ${JSON.stringify(verification)}`);
  must(typeof durable === "boolean", "durable is no boolean");
  must(
    overwrite.length > 0 && overwrite.every((rule) => ["never", "same", "replace"].includes(rule)),
    "overwrite is not a list of never, same and replace",
  );
  must(freeBytes === undefined || (Number.isFinite(freeBytes) && freeBytes >= 0), `freeBytes is ${freeBytes}`);
}

async function showsNothingBefore<Fixture extends DestinationFixture>(play: DestinationScene<Fixture>): Promise<void> {
  const { publish } = await play.start();
  const content = contentOf(200_000);
  const staged = await play.stage("whole.bin", { size: content.length });
  const look = async (when: string): Promise<void> => {
    if (publish === "atomic") return play.expectVisible([], when);
    const there = await play.fixture.read("whole.bin");
    must((there?.length ?? 0) < content.length, `${when}, the file has its final size over there`);
  };
  await look("after stage()");
  await play.write(staged, content);
  await look("after the last write()");
  const manifest = manifestOf("whole.bin", content);
  await succeeds("verify()", play.deadlineMs, () => play.verify(staged, manifest));
  await look("after verify()");
  await play.publish({ staged, manifest });
  await play.expectVisible(["whole.bin"], "after publish()");
  await play.expectContent("whole.bin", content);
}

async function keepsManifests<Fixture extends DestinationFixture>(play: DestinationScene<Fixture>): Promise<void> {
  await play.start();
  const first = await play.prepare("folder/one.bin", contentOf(10));
  await play.publish(first);
  const second = await play.prepare("two.bin", contentOf(20));
  await play.publish(second);
  const kept: HandoffManifest[] = [];
  for await (const manifest of play.destination.manifests()) kept.push(manifest);
  for (const { manifest } of [first, second]) {
    const found = kept.filter(({ id }) => id === manifest.id);
    must(found.length === 1, `manifests() tells ${found.length} times of ${manifest.name}`);
    must(JSON.stringify(found[0]) === JSON.stringify(manifest), `the manifest of ${manifest.name} was changed`);
  }
  must(kept.length === 2, `manifests() tells of ${kept.length} files, and two were published`);
}

/** Who only looks starts nothing: it may not be allowed to write. */
async function looksWithoutStart<Fixture extends DestinationFixture>(play: DestinationScene<Fixture>): Promise<void> {
  const { deadlineMs, destination } = play;
  await play.start();
  await play.deliver("one.bin", contentOf(10));
  await play.fromBeside(async (other) => {
    must(other.identity === destination.identity, "two instances for one place tell different identities");
    const entry = await succeeds("inspect() without start()", deadlineMs, () => other.inspect("one.bin"));
    must(entry?.size === 10, "inspect() without start() does not find what is there");
    let count = 0;
    for await (const _ of other.manifests()) count += 1;
    must(count === 1, `manifests() without start() tells of ${count} files, and one was published`);
  });
}

/** Before anybody has started it, the far side need not have anything of what a destination keeps there. */
async function findsNothing<Fixture extends DestinationFixture>(play: DestinationScene<Fixture>): Promise<void> {
  must((await play.inspect("nothing.bin")) === undefined, "inspect() tells of what is not there");
  for await (const { name } of play.destination.manifests()) must(false, `manifests() tells of ${name}`);
  await play.expectVisible([], "after a look");
}

async function findsMismatch<Fixture extends DestinationFixture>(play: DestinationScene<Fixture>): Promise<void> {
  const { verification } = await play.start();
  const content = contentOf(9000);
  const right = manifestOf("wrong.bin", content);
  const wrongs = [
    { ...right, size: right.size + 1 },
    { ...right, size: right.size - 1 },
    ...(verification === "size" ? [] : [{ ...right, sha256: manifestOf("x", contentOf(9000, 2)).sha256 }]),
  ];
  for (const wrong of wrongs) {
    const staged = await play.stage("wrong.bin");
    await play.write(staged, content);
    await expectRefusal("verify() of something else", ["PLB_HANDOFF_MISMATCH"], () => play.verify(staged, wrong));
    await expectRefusal("publish() after a failed verify()", ["PLB_HANDOFF_ORDER"], () =>
      play.publish({ staged, manifest: right }),
    );
    await play.abort(staged);
    await play.expectVisible([], "after a mismatch");
  }
}

async function abortsCleanly<Fixture extends DestinationFixture>(play: DestinationScene<Fixture>): Promise<void> {
  await play.start();
  const early = await play.stage("early.bin");
  const late = await play.prepare("late.bin", contentOf(2000));
  for (const { staged } of [{ staged: early }, late]) {
    await play.abort(staged);
    await play.abort(staged, " again");
  }
  await play.expectVisible([], "after abort()");
  must((await play.fixture.staged()) === 0, "abort() left a staging behind");
  const done = await play.prepare("done.bin", contentOf(2000));
  await play.publish(done);
  await play.abort(done.staged, " after publish()");
  await play.expectContent("done.bin", contentOf(2000));
}
