import { promisify } from "node:util";
import * as zlib from "node:zlib";

type Pack = (data: Uint8Array) => Promise<Buffer>;
type PackWithCallback = (data: Uint8Array, done: (error: Error | null, packed: Buffer) => void) => void;

const pack = promisify(zlib.gzip);

/** gzip, in the thread pool. */
export const gzipCompress: Pack = (data) => pack(data, { level: 5 });

/** zstd, where this Node has it (22.15 and later). */
export const zstdCompress: Pack | undefined =
  "zstdCompress" in zlib ? promisify(zlib.zstdCompress as PackWithCallback) : undefined;
