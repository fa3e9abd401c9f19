import { formatId, OutputLedger, type EventRing, type Journal } from "@plumbline/core";
import { createMemorySink } from "@plumbline/testing";
import { describe, expect, test } from "vitest";
import { DeliveryAccount } from "../src/delivery-account.ts";
import { append, balanceOf, deliver, lineOf, openJournal } from "./delivery-scene.ts";
import { tempFolder } from "./temp-folder.ts";

describe("what another reader of the name has settled is not in the account", () => {
  test("though some of it was in the journal's memory when the output was wired", async () => {
    const journal = await openJournal(await tempFolder());
    const first = deliver(journal, createMemorySink());
    await first.start();
    for (let n = 1; n <= 5; n++) journal.append(lineOf(n));
    const second = deliver(journal, createMemorySink(), { claimLease: async () => undefined });
    await append(journal, 6, 8);
    await second.start();
    expect(second.report()).toMatchObject({ accepted: 3, adopted: 5, queued: 8 });
    expect(await first.flush(10_000)).toBeUndefined();
    // Only then is it certain that its cursor is on disk.
    await first.close(1000);
    await second.close(1000);
    expect(second.report()).toMatchObject({ accepted: 0, adopted: 0, delivered: 0, queued: 0 });
    expect(balanceOf(second.report())).toBe(0);
    await journal.close();
  });

  test("though another handle has brought some of it, and the journal went on behind the account's end", () => {
    const epoch = "0123456789abc";
    const ledger = new OutputLedger("journal");
    let written = 0;
    const journal = {
      ledger,
      ring: { epoch, reached: () => written } as unknown as EventRing,
    } as unknown as Journal; // no more of one is asked for
    const write = (own: number, foreign: number): void => {
      for (let n = 0; n < own; n++) ledger.enqueue();
      ledger.take(own);
      ledger.deliver(own);
      written += own + foreign;
    };
    const account = new DeliveryAccount("far", journal, { report: ledger.report(), tip: 0, written });
    write(3, 4);
    const position = formatId(epoch, written);
    account.endAt({ report: ledger.report(), written, position, whenKnown: (known) => known(position) });
    write(10, 0);
    account.passedBy(formatId(epoch, written));
    expect(account.report()).toMatchObject({ accepted: 0, adopted: 0, queued: 0 });
  });
});
