// A receiver in a process of its own, which goes down and comes up as it is told and looks at each event: `n` must come in order, none may be missing, and
// each has its id as `log.record.uid`. Keeps nothing but a bit for each event. Messages: "down", "up", "report".
import { attributeOf, createOtlpReceiver, itemsOf } from "@plumbline/testing";

const seen = {
  bits: new Uint8Array(1 << 16),
  count: 0,
  repeated: 0,
  reordered: 0,
  withoutUid: 0,
  otherUid: 0,
  last: -1,
};
let uidLead;
let latestMs = 0;

function isNew(n) {
  const [at, bit] = [n >> 3, 1 << (n & 7)];
  if (at >= seen.bits.length) {
    const larger = new Uint8Array(Math.max(at + 1, seen.bits.length * 2));
    larger.set(seen.bits);
    seen.bits = larger;
  }
  const isFirst = (seen.bits[at] & bit) === 0;
  seen.bits[at] |= bit;
  return isFirst;
}

function look(item) {
  const n = Number(attributeOf(item, "n")?.intValue);
  const uid = attributeOf(item, "log.record.uid")?.stringValue;
  if (isNew(n)) {
    seen.count += 1;
    if (n < seen.last) seen.reordered += 1;
    seen.last = Math.max(seen.last, n);
  } else {
    seen.repeated += 1;
  }
  if (uid === undefined) seen.withoutUid += 1;
  else {
    // Ids are dense and given in this order: a repeated event has the id that it had.
    const lead = Number(uid.split(":")[1]) - n;
    uidLead ??= lead;
    if (lead !== uidLead) seen.otherUid += 1;
  }
  latestMs = Math.max(latestMs, Date.now() - Number(BigInt(item.timeUnixNano) / 1_000_000n));
}

const receiver = await createOtlpReceiver({
  keep: false,
  answer(request) {
    for (const { item } of itemsOf(request)) look(item);
    return { kind: "accept" };
  },
});

async function obey(message) {
  if (message === "down") await receiver.goDown();
  if (message === "up") await receiver.comeUp();
  const { bits: _, ...counts } = seen;
  process.send({ ...counts, latestMs, connections: receiver.connections });
  latestMs = 0;
}

process.on("message", (message) => void obey(message));
process.on("disconnect", () => process.exit());
process.send({ url: receiver.url });
