import type { StagedDelivery } from "@plumbline/core";
import { must, type ContractCase } from "./contract-case.ts";
import {
  contentOf,
  CONTRACT_OWNER,
  type DestinationCase,
  type DestinationFixture,
  manifestOf,
} from "./destination-scene.ts";
import { expectRefusal } from "./refusal.ts";

/** What is changed over there between the last write and the check. */
export function damageCase<Fixture extends DestinationFixture>(
  scene: DestinationCase<Fixture>,
  damage: (fixture: Fixture, staged: StagedDelivery) => void | Promise<void>,
): ContractCase {
  return scene("verify: finds a byte that was changed over there", async (play) => {
    await play.start();
    if (play.ability.verification === "size") return;
    const content = contentOf(300_000);
    const staged = await play.stage("damaged.bin", { size: content.length });
    await play.write(staged, content);
    await damage(play.fixture, staged);
    await expectRefusal("verify() of damaged content", ["PLB_HANDOFF_MISMATCH"], () =>
      play.verify(staged, manifestOf("damaged.bin", content)),
    );
    await play.abort(staged);
    await play.expectVisible([], "after damage");
  });
}

/** A connection that breaks, or a disk that is full, in the middle. */
export function failureCase<Fixture extends DestinationFixture>(
  scene: DestinationCase<Fixture>,
  failOnce: (fixture: Fixture) => void | Promise<void>,
): ContractCase {
  return scene("failure: shows nothing, leaves nothing for good, and the next try arrives", async (play) => {
    await play.start();
    const content = contentOf(400_000);
    await play.deliver("before.bin", content);
    await failOnce(play.fixture);
    await expectRefusal("a delivery whose far side fails", undefined, async () => {
      const staged = await play.stage("failed.bin", { size: content.length });
      try {
        await play.writeOnce(staged, content);
        await play.verify(staged, manifestOf("failed.bin", content));
      } finally {
        const isCleared = await play.giveUp(staged);
        must(!isCleared || (await play.fixture.staged()) === 0, "abort() resolved and left a staging behind");
      }
    });
    await play.expectVisible(["before.bin"], "after a failure");
    await play.deliver("failed.bin", content);
    await play.expectContent("failed.bin", content);
    await play.reap(CONTRACT_OWNER);
    must((await play.fixture.staged()) === 0, "a staging lies about after reap()");
  });
}
