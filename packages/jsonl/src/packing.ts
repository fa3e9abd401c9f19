import type { Transform } from "node:stream";
import * as zlib from "node:zlib";
import { errorCode } from "@plumbline/core";
import type { JsonlErrorCode } from "./error-codes.ts";
import { jsonlError } from "./jsonl-error.ts";

/** How a sealed segment is packed. */
export type Packing = "gzip" | "zstd";

/** What is found where a packed file cannot be unpacked to its end. */
export type PackingProblem = "corrupt-gzip" | "corrupt-zstd";

/** What the file name of a packed file ends in. */
export const PACKING_ENDINGS: Readonly<Record<Packing, string>> = { gzip: ".gz", zstd: ".zst" };

const CORRUPT: Readonly<Record<Packing, JsonlErrorCode>> = {
  gzip: "PLB_JSONL_CORRUPT_GZIP",
  zstd: "PLB_JSONL_CORRUPT_ZSTD",
};
const PROBLEMS: ReadonlyMap<string, PackingProblem> = new Map([
  [CORRUPT.gzip, "corrupt-gzip"],
  [CORRUPT.zstd, "corrupt-zstd"],
]);

/** Node has zstd since 22.15 and 23.8. The types of Node 20 do not name it. */
interface ZlibOfAnyNode extends Pick<typeof zlib, "createGzip"> {
  readonly createZstdCompress?: (options: { readonly chunkSize: number }) => Transform;
  readonly createZstdDecompress?: (options: { readonly chunkSize: number }) => Transform;
}
const anyZlib: ZlibOfAnyNode = zlib;

/** Bytes that a packer gives at once: with Node's 16 KiB the event loop does twice the work (docs/decisions/0009). */
const PACKED_CHUNK_BYTES = 256 * 1024;
/** What a damaged file has unpacked until then is given: not much of it should wait. */
const UNPACKED_CHUNK_BYTES = 16 * 1024;

/** Whether this Node packs and unpacks so: gzip always, zstd from 22.15 and 23.8 on. */
export function hasPacking(packing: Packing): boolean {
  return packing === "gzip" || anyZlib.createZstdCompress !== undefined;
}

/** How a file is packed, by the end of its name. */
export function packingOf(path: string): Packing | undefined {
  if (path.endsWith(PACKING_ENDINGS.gzip)) return "gzip";
  return path.endsWith(PACKING_ENDINGS.zstd) ? "zstd" : undefined;
}

/** A stream that packs, at the level that is usual for it. Throws `PLB_JSONL_NO_ZSTD`. */
export function createPacker(packing: Packing): Transform {
  return packing === "gzip"
    ? zlib.createGzip({ chunkSize: PACKED_CHUNK_BYTES })
    : zstd(anyZlib.createZstdCompress, PACKED_CHUNK_BYTES);
}

/** A stream that unpacks. Throws `PLB_JSONL_NO_ZSTD`. */
export function createUnpacker(packing: Packing): Transform {
  return packing === "gzip"
    ? zlib.createGunzip({ chunkSize: UNPACKED_CHUNK_BYTES })
    : zstd(anyZlib.createZstdDecompress, UNPACKED_CHUNK_BYTES);
}

/** The error of a stream that could not be unpacked to its end. */
export function corruptPacking(packing: Packing, cause: unknown): Error {
  return jsonlError(CORRUPT[packing], { cause });
}

/** What an error of reading says of the file's packing; `undefined` for an error of another kind. */
export function packingProblem(error: unknown): PackingProblem | undefined {
  return PROBLEMS.get(errorCode(error));
}

function zstd(create: ZlibOfAnyNode["createZstdCompress"], chunkSize: number): Transform {
  if (create === undefined) throw jsonlError("PLB_JSONL_NO_ZSTD");
  return create({ chunkSize });
}
