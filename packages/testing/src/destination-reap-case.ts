import { must } from "./contract-case.ts";
import { contentOf, CONTRACT_OWNER, type DestinationFixture, type DestinationScene } from "./destination-scene.ts";

/** What one instance has under way, the next one of its owner finds and removes, after a crash; nobody else does. `bytes` is so much that some of it is over there. */
export async function reapsItsOwn<Fixture extends DestinationFixture>(
  play: DestinationScene<Fixture>,
  bytes: number,
): Promise<void> {
  await play.start();
  await play.deliver("kept.bin", contentOf(500));
  const underWay = await play.prepare("under-way.bin", contentOf(500));
  must((await play.reap(CONTRACT_OWNER)) === 0, "reap() took away what this instance has under way");
  await play.publish(underWay);
  const other = await play.prepare("other.bin", contentOf(500), { owner: "somebody-else" });
  must((await play.reap(CONTRACT_OWNER)) === 0, "reap() took away what belongs to another owner");
  await play.publish(other);
  const content = contentOf(bytes);
  const left = await play.stage("left.bin", { size: content.length });
  await play.write(left, content);
  const count = await play.fixture.staged();
  await play.afterACrash(async (next) => {
    const others = await play.reap("somebody-else", next);
    must(others === 0, `reap() of another owner resolved with ${others}`);
    must((await play.fixture.staged()) === count, "reap() took away what belongs to another owner");
    const reaped = await play.reap(CONTRACT_OWNER, next);
    must(reaped === 1, `reap() resolved with ${reaped}, and one delivery lay about after a crash`);
    const again = await play.fixture.staged();
    must(again === 0, `${again} stagings lie about after reap()`);
    must((await play.reap(CONTRACT_OWNER, next)) === 0, "reap() found something when it was repeated");
  });
  await play.abort(left, " of what was reaped");
  must(count > 0, "nothing lay about over there: give larger `sizes`");
  await play.expectVisible(["kept.bin", "other.bin", "under-way.bin"], "after reap()");
}
