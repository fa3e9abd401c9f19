/** A stretch of one frame, and whether the frame ends with it. */
export interface FramePiece {
  readonly bytes: Uint8Array;
  readonly endsFrame: boolean;
}

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;
/** By the two bits of the descriptor: RFC 8878, 3.1.1.1.3 and 3.1.1.1.4. */
const DICTIONARY_ID_BYTES: readonly number[] = [0, 1, 2, 4];
const CONTENT_SIZE_BYTES: readonly number[] = [0, 2, 4, 8];
const CHECKSUM_BYTES = 4;
const BLOCK_HEADER_BYTES = 3;
const RUN_LENGTH_BLOCK = 1;
const RESERVED_BLOCK = 3;

type Part = "magic" | "descriptor" | "skippable-size" | "block-header";

/**
 * Finds where the frames of a zstd stream end, by RFC 8878, 3.1, without unpacking them. Node's own unpacker stops without a
 * word after the first of several frames, and (22.x) takes a frame that is cut short for a whole one.
 */
export class ZstdFrames {
  /** What of a header has come, when not all of it has. */
  #header: number[] = [];
  #part: Part = "magic";
  #headerBytes = 4;
  /** Bytes of content to be passed over before the next header. */
  #content = 0;
  #hasChecksum = false;
  #isLast = false;

  /** Whether what has come ends with a whole frame, or is nothing. */
  get isBetweenFrames(): boolean {
    return this.#part === "magic" && this.#header.length === 0;
  }

  /** Takes apart what comes next. Gives `undefined` where it is no zstd. */
  take(chunk: Uint8Array): readonly FramePiece[] | undefined {
    const pieces: FramePiece[] = [];
    let start = 0;
    for (let at = 0; at < chunk.length;) {
      if (this.#content > 0) {
        const passed = Math.min(this.#content, chunk.length - at);
        this.#content -= passed;
        at += passed;
      } else {
        this.#header.push(chunk[at] ?? 0);
        at += 1;
        if (this.#header.length === this.#headerBytes && !this.#readHeader()) return undefined;
      }
      if (this.#isLast && this.#content === 0) {
        this.#isLast = false;
        this.#expect("magic", 4);
        pieces.push({ bytes: chunk.subarray(start, at), endsFrame: true });
        start = at;
      }
    }
    if (start < chunk.length) pieces.push({ bytes: chunk.subarray(start), endsFrame: false });
    return pieces;
  }

  #expect(part: Part, bytes: number): void {
    this.#header = [];
    this.#part = part;
    this.#headerBytes = bytes;
  }

  /** Acts on a header that is there whole; says whether it is one. */
  #readHeader(): boolean {
    const value = littleEndian(this.#header);
    if (this.#part === "magic") {
      const isSkippable = (value & SKIPPABLE_MASK) >>> 0 === SKIPPABLE_MAGIC;
      if (!isSkippable && value !== FRAME_MAGIC) return false;
      this.#expect(isSkippable ? "skippable-size" : "descriptor", isSkippable ? 4 : 1);
    } else if (this.#part === "skippable-size") {
      this.#content = value;
      this.#isLast = true;
    } else if (this.#part === "descriptor") {
      this.#content = restOfHeader(value);
      this.#hasChecksum = (value & 4) !== 0;
      this.#expect("block-header", BLOCK_HEADER_BYTES);
    } else {
      const type = (value >>> 1) & 3;
      if (type === RESERVED_BLOCK) return false;
      this.#isLast = (value & 1) !== 0;
      this.#content = type === RUN_LENGTH_BLOCK ? 1 : value >>> 3;
      if (this.#isLast && this.#hasChecksum) this.#content += CHECKSUM_BYTES;
      this.#expect("block-header", BLOCK_HEADER_BYTES);
    }
    return true;
  }
}

/** How many bytes of the frame's header stand behind its descriptor. */
function restOfHeader(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >>> 6;
  const contentSize = sizeFlag === 0 && isSingleSegment ? 1 : (CONTENT_SIZE_BYTES[sizeFlag] ?? 0);
  return (isSingleSegment ? 0 : 1) + (DICTIONARY_ID_BYTES[descriptor & 3] ?? 0) + contentSize;
}

function littleEndian(bytes: readonly number[]): number {
  return bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
}
