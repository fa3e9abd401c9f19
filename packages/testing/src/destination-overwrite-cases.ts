import type { OverwriteRule, PublishOutcome } from "@plumbline/core";
import { must, type ContractCase } from "./contract-case.ts";
import {
  contentOf,
  type DestinationCase,
  type DestinationFixture,
  type DestinationScene,
} from "./destination-scene.ts";
import { expectRefusal } from "./refusal.ts";

const TAKEN = ["PLB_HANDOFF_NAME_TAKEN"];

/** What happens when something stands under the final name already. A rule that the far side cannot keep must be refused. */
export function overwriteCases<Fixture extends DestinationFixture>(
  scene: DestinationCase<Fixture>,
): readonly ContractCase[] {
  return [
    scene("overwrite: never refuses any file that stands there", async (play) => {
      await play.start();
      if (!play.allows("never")) return expectRuleRefused(play, "never");
      await play.fixture.put("taken.bin", contentOf(40, 7));
      for (const seed of [7, 8]) {
        await expectRefusal("a delivery onto a taken name", TAKEN, () =>
          deliverOrAbort(play, "taken.bin", contentOf(40, seed), "never"),
        );
      }
      await play.expectContent("taken.bin", contentOf(40, 7));
      await play.expectVisible(["taken.bin"], "after refusals");
      must((await play.fixture.staged()) === 0, "a refusal left a staging behind");
    }),
    scene("overwrite: same takes the same content as delivered, and refuses other", async (play) => {
      await play.start();
      if (!play.allows("same")) return expectRuleRefused(play, "same");
      await play.fixture.put("taken.bin", contentOf(4000, 7));
      const outcome = await play.deliver("taken.bin", contentOf(4000, 7), { overwrite: "same" });
      must(outcome === "already-there", `publish() resolved with ${JSON.stringify(outcome)} for what stood there`);
      await expectRefusal("a delivery of other content", TAKEN, () =>
        deliverOrAbort(play, "taken.bin", contentOf(4000, 8), "same"),
      );
      await play.expectContent("taken.bin", contentOf(4000, 7));
    }),
    scene("overwrite: a refused delivery leaves no manifest of its content", async (play) => {
      await play.start();
      const rule = (["same", "never"] as const).find((each) => play.allows(each));
      if (rule === undefined) return;
      await play.fixture.put("taken.bin", contentOf(40, 7));
      await expectRefusal("a delivery onto a taken name", TAKEN, () =>
        deliverOrAbort(play, "taken.bin", contentOf(40, 8), rule),
      );
      for await (const { name } of play.destination.manifests()) {
        must(false, `a manifest of ${name} says what is not there`);
      }
    }),
    scene("overwrite: replace puts the new content in place of the old", async (play) => {
      await play.start();
      if (!play.allows("replace")) return expectRuleRefused(play, "replace");
      await play.fixture.put("taken.bin", contentOf(400, 7));
      for (const seed of [8, 9]) {
        const outcome = await play.deliver("taken.bin", contentOf(300, seed), { overwrite: "replace" });
        must(outcome === "published", `publish() resolved with ${JSON.stringify(outcome)}`);
        await play.expectContent("taken.bin", contentOf(300, seed));
      }
      await play.expectVisible(["taken.bin"], "after replacing");
    }),
    scene("overwrite: of several for one name without replace, exactly one is published, whole", async (play) => {
      const { publish } = await play.start();
      if (!play.allows("never") || publish !== "atomic") return;
      const contents = [1, 2, 3, 4].map((seed) => contentOf(50_000, seed));
      const prepared = await Promise.all(
        contents.map((content) => play.prepare("race.bin", content, { overwrite: "never" })),
      );
      const results = await Promise.allSettled(prepared.map((each) => play.publish(each)));
      await Promise.all(prepared.map(({ staged }) => play.abort(staged)));
      const winners = contents.filter((_, index) => results[index]?.status === "fulfilled");
      const [winner] = winners;
      must(winners.length === 1 && winner !== undefined, `${winners.length} of 4 were published under one name`);
      await play.expectContent("race.bin", winner);
    }),
    scene("overwrite: of several that replace, the last stands, whole", async (play) => {
      await play.start();
      if (!play.allows("replace")) return;
      const contents = [1, 2, 3].map((seed) => contentOf(50_000, seed));
      await Promise.all(contents.map((content) => play.deliver("race.bin", content, { overwrite: "replace" })));
      const there = await play.fixture.read("race.bin");
      must(
        contents.some((content) => there !== undefined && Buffer.compare(there, content) === 0),
        "what stands there is none of what was delivered",
      );
    }),
  ];
}

/** A rule that is not among what it can do must not be kept by chance: whoever asks for it is told. */
async function expectRuleRefused<Fixture extends DestinationFixture>(
  play: DestinationScene<Fixture>,
  rule: OverwriteRule,
): Promise<void> {
  await play.fixture.put("taken.bin", contentOf(40, 7));
  for (const name of ["taken.bin", "free.bin"]) {
    await expectRefusal(`a delivery with ${rule}, which it says that it cannot keep,`, undefined, () =>
      deliverOrAbort(play, name, contentOf(40, 8), rule),
    );
  }
  await play.expectContent("taken.bin", contentOf(40, 7));
  await play.expectVisible(["taken.bin"], `after refusing ${rule}`);
}

async function deliverOrAbort<Fixture extends DestinationFixture>(
  play: DestinationScene<Fixture>,
  name: string,
  content: Uint8Array,
  overwrite: OverwriteRule,
): Promise<PublishOutcome> {
  const prepared = await play.prepare(name, content, { overwrite });
  try {
    return await play.publish(prepared);
  } finally {
    await play.abort(prepared.staged);
  }
}
