import { createHash } from "node:crypto";
import { open, readFile, rename, writeFile } from "node:fs/promises";
import { createErrorFactory, errorCode } from "@plumbline/core";
import { packingOf } from "@plumbline/jsonl";
import { CLI_ERRORS } from "../error-codes.ts";

const cliError = createErrorFactory(CLI_ERRORS);
/** A file is known again by its first bytes, as far as they were sent. */
const HEAD_BYTES = 4096;

interface Place {
  readonly offset: number;
  /** Of the first bytes, so that another file under the same name begins anew. */
  readonly head: string;
  readonly headBytes: number;
}

/** How far each file was exported, kept in a file of its own. */
export class ExportCursor {
  readonly #path: string | undefined;
  readonly #places: Map<string, Place>;

  private constructor(path: string | undefined, places: Map<string, Place>) {
    this.#path = path;
    this.#places = places;
  }

  /** Reads the file; without a path nothing is kept. Throws `PLB_CLI_CURSOR_INVALID`. */
  static async open(path: string | undefined): Promise<ExportCursor> {
    if (path === undefined) return new ExportCursor(path, new Map());
    try {
      const places: unknown = JSON.parse(await readFile(path, "utf8"));
      if (typeof places !== "object" || places === null) throw new TypeError("not a map");
      const valid = Object.entries(places).filter((entry): entry is [string, Place] => isPlace(entry[1]));
      if (valid.length !== Object.keys(places).length) throw new TypeError("not places");
      return new ExportCursor(path, new Map(valid));
    } catch (cause) {
      if (errorCode(cause) === "ENOENT") return new ExportCursor(path, new Map());
      throw cliError("PLB_CLI_CURSOR_INVALID", { details: { path, code: errorCode(cause) } });
    }
  }

  /** Where to go on in a file: 0 for one that is not known, or is another than it was. */
  async start(file: string): Promise<number> {
    const place = this.#places.get(file);
    if (place === undefined) return 0;
    return (await headOf(file, place.headBytes)) === place.head ? place.offset : 0;
  }

  /** Keeps that everything before `offset` is settled. The file is replaced as a whole. */
  async keep(file: string, offset: number): Promise<void> {
    if (this.#path === undefined) return;
    const known = this.#places.get(file);
    const headBytes = packingOf(file) !== undefined ? HEAD_BYTES : Math.min(offset, HEAD_BYTES);
    const isSameHead = known?.headBytes === headBytes;
    this.#places.set(file, { offset, headBytes, head: isSameHead ? known.head : await headOf(file, headBytes) });
    const text = JSON.stringify(Object.fromEntries(this.#places));
    const next = `${this.#path}.next`;
    try {
      await writeFile(next, `${text}\n`, { mode: 0o600 });
      await rename(next, this.#path);
    } catch (cause) {
      const code = errorCode(cause);
      throw cliError("PLB_CLI_OUTPUT_FAILED", {
        message: `The cursor ${this.#path} could not be written (${code}).`,
        cause,
        details: { path: this.#path, code },
      });
    }
  }
}

async function headOf(file: string, bytes: number): Promise<string> {
  const handle = await open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0);
    return createHash("sha256").update(buffer.subarray(0, bytesRead)).digest("base64");
  } finally {
    await handle.close();
  }
}

function isPlace(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { offset, head, headBytes } = value as Partial<Place>;
  return Number.isSafeInteger(offset) && typeof head === "string" && Number.isSafeInteger(headBytes);
}
