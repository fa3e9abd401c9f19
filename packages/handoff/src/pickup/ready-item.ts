import type { PickupItem } from "@plumbline/core";
import type { Verdict } from "../stability/judge.ts";
import type { DirectoryPickupSettings } from "./pickup-options.ts";
import { isPutAway, settleSource } from "./settle-source.ts";
import { createSourceItem } from "./source-item.ts";

/** A file that was judged ready, as an item; `onSettle` is called when its delivery was confirmed, before anything becomes of it, `onChanged` when it changed on the way. */
export async function createReadyItem(
  path: string,
  name: string,
  { identity, guarantee, evidence, sha256 }: Extract<Verdict, { kind: "ready" }>,
  { commitEnding: ending, after, archive }: DirectoryPickupSettings,
  onSettle: () => void = () => undefined,
  onChanged: () => void = () => undefined,
): Promise<PickupItem> {
  const companion = ending === "" ? undefined : path + ending;
  const settle = async (): Promise<void> => {
    onSettle();
    await settleSource({ path, name, identity, companion }, { after, archive });
  };
  const wasPutAway = await isPutAway({ name, identity }, { after, archive });
  const changed = onChanged;
  return createSourceItem({
    path,
    name,
    identity,
    guarantee,
    evidence,
    sha256,
    settle,
    changed,
    isPutAway: wasPutAway,
  });
}
