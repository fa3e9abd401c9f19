import { mkdirSync, rmSync } from "node:fs";
import { createNodeFileDriver } from "@plumbline/file";
import type { Tell } from "../channel.ts";
import type { OpenOptions } from "../contender.ts";
import { openFileSink } from "../contenders/plumbline-file.ts";
import { createPoweredDisk } from "../disks/powered.ts";
import type { PowerCutAct } from "../job.ts";
import { createRandom } from "../random.ts";
import { Emitter } from "./emitter.ts";

const LANES = 16;

/** Writes until the power goes, at the given call of the file system, and leaves the files as the device has them. */
export async function powerCut(open: OpenOptions, act: PowerCutAct, tell: Tell): Promise<void> {
  const trash = `${open.path}.trash`;
  mkdirSync(trash, { recursive: true });
  const disk = createPoweredDisk(createNodeFileDriver(), createRandom(act.seed), act.atCall, trash);
  const afterwards: { tell: () => void } = { tell: () => undefined };
  const cut = disk.gone.then(() => {
    afterwards.tell();
    disk.forget();
    rmSync(trash, { recursive: true, force: true });
    // Nothing that runs at an ordinary exit may run now.
    process.kill(process.pid, "SIGKILL");
  });
  const sink = await openFileSink(open, act.sinkDurability, disk.driver, act.durability);
  tell({ type: "ready" });
  const emitter = new Emitter(sink, act.writer, act.mix, tell);
  afterwards.tell = () => emitter.tellAll();
  const lane = async (): Promise<void> => {
    for (;;) {
      await emitter.emit();
      // A turn now and then, where the class is acknowledged by the call.
      if (act.durability === "buffered") await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.race([cut, ...Array.from({ length: LANES }, lane)]);
}
