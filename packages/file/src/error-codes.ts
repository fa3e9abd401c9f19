import { createErrorFactory } from "@plumbline/core";

/** The codes of this package. */
export const FILE_ERRORS = {
  PLB_FILE_OPTION_INVALID: {
    summary: "An option of a file sink has a value it cannot have.",
    why: "A sink that guessed what was meant would write to the wrong place or lose lines.",
    mend: "Give the option a value of the kind the message names.",
  },
  PLB_FILE_NOT_STARTED: {
    summary: "The file sink was asked for something that only an opened file has.",
    why: "The epoch, the ring and the file's final name (its slot) are known once start() has resolved.",
    mend: "Await start() first. append() needs no start: what it takes is written as soon as the file is open.",
  },
  PLB_FILE_CLOSED: {
    summary: "The file sink is closed.",
    why: "A line that comes after close() has no file to go to; it is counted as dropped.",
    mend: "Close the sink last, after everything that emits.",
  },
  PLB_FILE_QUEUE_FULL: {
    summary: "The line was dropped: the queue is at its bound.",
    why: "Lines come faster than the disk takes them, or the disk takes none, and memory is bounded.",
    mend: "Raise maxQueueBytes, wait for fewer lines at a time, or write to a faster disk.",
  },
  PLB_FILE_DISK_FULL: {
    summary: "The disk is full, or the quota is used up.",
    why: "The system refused bytes (ENOSPC, EDQUOT). Whole lines stay in the file, the rest waits in memory up to its bound.",
    mend: "Free space, or bound the files with rotate.keep; writing goes on by itself.",
  },
  PLB_FILE_TOO_BIG: {
    summary: "The file has reached the largest size the system allows it.",
    why: "The system refused bytes (EFBIG): a limit of the file system or RLIMIT_FSIZE. The file is sealed and lines go on in the next.",
    mend: "Set rotate.maxBytes below the limit, or raise the limit.",
  },
  PLB_FILE_WRITE_FAILED: {
    summary: "The file could not be written.",
    why: "The system refused the write for a reason that may pass; the error's cause says which.",
    mend: "Look at the cause. Writing is tried again by itself, and lines wait in memory up to the bound.",
  },
  PLB_FILE_NO_ACCESS: {
    summary: "The file or its folder may not be written by this user.",
    why: "The system said EACCES, EPERM or EROFS.",
    mend: "Give the user of the service write access to the folder, or choose another path.",
  },
  PLB_FILE_IS_DIRECTORY: {
    summary: "The path is a folder.",
    why: "Lines go into a file.",
    mend: "Name a file in it, for example telemetry.jsonl.",
  },
  PLB_FILE_NOT_A_DIRECTORY: {
    summary: "A part of the path is not a folder.",
    why: "The file's folder is made when it is missing, but something else stands in its place.",
    mend: "Remove what stands there, or choose another path.",
  },
  PLB_FILE_NOT_REGULAR: {
    summary: "The path is not a regular file.",
    why: "Lines are written at offsets and cut back after a failure; a pipe, socket or device can do neither.",
    mend: "Name a regular file, or use the stdout sink for a descriptor.",
  },
  PLB_FILE_HARD_LINKED: {
    summary: "The file has more than one hard link.",
    why: "Another name of the same file could be written by somebody who does not see this one's owner.",
    mend: "Remove the other names, or choose another path.",
  },
  PLB_FILE_PATH_TOO_LONG: {
    summary: "The path is too long.",
    why: "A name may have 255 bytes, of which sealed segments need some, and a path 4,095.",
    mend: "Choose a shorter name or folder.",
  },
  PLB_FILE_OPEN_FAILED: {
    summary: "The file could not be opened.",
    why: "The system refused it; the error's cause says why.",
    mend: "Look at the cause and at the path.",
  },
  PLB_FILE_OWNED: {
    summary: "The file is being written by another process or thread.",
    why: "One file has one owner: two writers would splice lines and give ids twice.",
    mend: 'Stop the other one, choose another path, or let this one take the next slot (onOwned: "next-slot").',
  },
  PLB_FILE_SLOTS_USED: {
    summary: "All slots beside the file are owned.",
    why: "Each process or thread that writes takes one, and there is a bound on how many are tried.",
    mend: "Look for processes that were left behind, or give each service a file of its own.",
  },
  PLB_FILE_OWNERSHIP_FAILED: {
    summary: "It could not be found out whether the file has an owner.",
    why: "The folder of proofs beside the file could not be read or written, or a path is too long for a socket.",
    mend: "Look at the cause. The folder needs to be writable and of the service's own user.",
  },
  PLB_FILE_READER_GONE: {
    summary: "Nobody reads the descriptor any more.",
    why: "The pipe's other end was closed (EPIPE); what is written to it has nowhere to go.",
    mend: "Keep the reader running for as long as the service, or remove the sink from the config.",
  },
  PLB_FILE_ABORTED: {
    summary: "The wait for the file was given up.",
    why: "The signal that was passed in aborted before the lines had reached their class.",
    mend: "Wait longer, or find out from the report what keeps the file.",
  },
  PLB_FILE_DEADLINE: {
    summary: "The line was given up when the sink closed.",
    why: "The file could not be written before the deadline of close().",
    mend: "Look at the report for what kept the file, or give close() more time.",
  },
} as const;

export type FileErrorCode = keyof typeof FILE_ERRORS;

export const fileError: ReturnType<typeof createErrorFactory<FileErrorCode>> =
  createErrorFactory<FileErrorCode>(FILE_ERRORS);
