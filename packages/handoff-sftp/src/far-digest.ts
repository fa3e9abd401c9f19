import { createHash } from "node:crypto";
import { type FarHandle, OPEN, type SftpSession } from "./sftp-session.ts";

/** Requests that are unanswered at a time. */
const DEPTH = 16;

/** Size and SHA-256 (hex) of what the server has, read back from the first byte on; `tail` is hashed behind it. */
export async function digestFar(
  session: SftpSession,
  handle: FarHandle,
  tail: Uint8Array = new Uint8Array(),
): Promise<{ readonly size: number; readonly sha256: string }> {
  const { size } = await session.fstat(handle);
  const hash = createHash("sha256");
  let found = 0;
  for await (const bytes of readLinearly(session, handle, size)) {
    hash.update(bytes);
    found += bytes.length;
  }
  return { size: found + tail.length, sha256: hash.update(tail).digest("hex") };
}

/** The text of a small file. */
export async function readFarText(session: SftpSession, path: string): Promise<string> {
  const handle = await session.open(path, OPEN.read);
  try {
    const { size } = await session.fstat(handle);
    const parts: Buffer[] = [];
    for await (const bytes of readLinearly(session, handle, size)) parts.push(bytes);
    return Buffer.concat(parts).toString("utf8");
  } finally {
    await session.close(handle);
  }
}

async function* readLinearly(session: SftpSession, handle: FarHandle, size: number): AsyncGenerator<Buffer> {
  const asked: Promise<Buffer>[] = [];
  for (let at = 0; at < size || asked.length > 0;) {
    while (asked.length < DEPTH && at < size) {
      const part = readPart(session, handle, at, Math.min(session.readBytes, size - at));
      part.catch(() => undefined); // it is awaited in its turn; until then it must not count as unhandled
      asked.push(part);
      at += session.readBytes;
    }
    const next = await asked.shift();
    if (next !== undefined) yield next;
  }
}

/** A server may answer with less than was asked for: only nothing means the end. */
async function readPart(session: SftpSession, handle: FarHandle, from: number, length: number): Promise<Buffer> {
  const part = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const count = await session.read(handle, part.subarray(filled), from + filled);
    if (count === 0) break;
    filled += count;
  }
  return part.subarray(0, filled);
}
