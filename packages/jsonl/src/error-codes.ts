/** The error catalogue of `@plumbline/jsonl`. */
export const JSONL_ERRORS = {
  PLB_JSONL_LINE_BREAK: {
    summary: "A line to be framed holds a line feed of its own.",
    why: "A line feed ends a line: with one inside, a reader would see two broken lines in the place of one whole one.",
    mend: "Give the JSON text of one event; JSON.stringify escapes line feeds inside strings.",
  },
  PLB_JSONL_READ_FAILED: {
    summary: "A file of lines could not be read.",
    why: "The system refused to open or read it; the cause says why.",
    mend: "Check that the path exists, is a regular file, and that this user may read it.",
  },
  PLB_JSONL_CORRUPT_GZIP: {
    summary: "A compressed segment could not be unpacked to its end.",
    why: "The file is cut short or damaged; what stood before the damage was read.",
    mend: "Restore the file from a copy, or keep what could be read and set the file aside.",
  },
  PLB_JSONL_CORRUPT_ZSTD: {
    summary: "A segment that was compressed by zstd could not be unpacked to its end.",
    why: "The file is cut short or damaged; what stood before the damage was read.",
    mend: "Restore the file from a copy, or run `plumbline repair` on it, which keeps what could be read and sets the file aside.",
  },
  PLB_JSONL_NO_ZSTD: {
    summary: "This Node cannot pack or unpack zstd.",
    why: "node:zlib has it from Node 22.15 and 23.8 on; the file ends in .zst, or `compress: zstd` was asked for.",
    mend: "Use a newer Node, unpack the file with zstd(1) first, or compress by gzip.",
  },
  PLB_JSONL_CURSOR_INVALID: {
    summary: "A text was given as a cursor that is none.",
    why: "A cursor names the last event that was handled as `epoch:seq`, and may hint at the file and the byte where it stands.",
    mend: "Use a cursor as it was written, or start without one.",
  },
  PLB_JSONL_HOLD_INVALID: {
    summary: "A text was given as a hold that is none.",
    why: "A hold names its consumer, the cursor that it has reached and the time at which it expires.",
    mend: "Remove the file if its consumer is gone; else let the consumer write it again.",
  },
  PLB_JSONL_NAME_INVALID: {
    summary: "A name was given that cannot be part of a file name.",
    why: "Names of segments, slots and holds are made from the journal's own name, and must fit into one path component.",
    mend: "Choose a shorter name without slashes and NUL characters.",
  },
} as const;

export type JsonlErrorCode = keyof typeof JSONL_ERRORS;
