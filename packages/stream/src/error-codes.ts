/** The error catalogue of `@plumbline/stream`. */
export const STREAM_ERRORS = {
  PLB_STREAM_CURSOR_INVALID: {
    summary: "A text was given as a cursor that is none.",
    why: "A subscription begins at `earliest`, `latest`, a time, or an id `epoch:seq` as events have it.",
    mend: "Use the cursor as it was given out, or begin at `earliest` or `latest`.",
  },
  PLB_STREAM_CURSOR_FUTURE: {
    summary: "A cursor was given that is past the end of the journal.",
    why: "No event has this number yet. Waiting for it would hide that the cursor comes from somewhere else, or from events that were lost.",
    mend: "Begin at `latest`, or at the last event that was really seen; look where the cursor was kept.",
  },
  PLB_STREAM_CURSOR_UNKNOWN: {
    summary: "A cursor was given whose epoch this journal does not know.",
    why: "It is a cursor of another journal, or of a run of which nothing has reached the disk.",
    mend: "Use a cursor of this journal, or begin at `earliest` or `latest`.",
  },
  PLB_STREAM_CLASS_UNKNOWN: {
    summary: "A class was asked for that a journal of another process does not tell.",
    why: "Who reads the files sees what is written; only the owner knows what is synced, or still in memory.",
    mend: "Ask for `written`, or subscribe in the process that writes the journal.",
  },
  PLB_STREAM_STALLED: {
    summary: "Events that have reached the class cannot be found.",
    why: "The journal says that they are on disk, and its folder does not have them under any name, look after look. To go on past them would hide a loss.",
    mend: "Look whether somebody moves or removes files of the journal; then subscribe again from the cursor that was reached.",
  },
  PLB_STREAM_STORE_FAILED: {
    summary: "The cursor of a consumer could not be read or written.",
    why: "The system refused it, or both records in the file are damaged. To begin anew would deliver everything again, or leave out what was not delivered.",
    mend: "Look at the cause. A cursor file that is damaged may be removed: the consumer then begins as a new one does.",
  },
  PLB_STREAM_LEASED: {
    summary: "Somebody else is this consumer of this journal at the moment.",
    why: "Another process drains what an earlier run has left here, under a lease, so that no event goes out twice; it sees within a second that the slot is taken. Or another telemetry of this process reads the same journal for a sink of this name: it delivers what both emit.",
    mend: "Nothing: the delivery begins when the lease is given up. Within one process, give each telemetry a journal of its own, or its sinks other names. If that does not come, look for a process that hangs while it writes to the sink.",
  },
  PLB_STREAM_DEAD_LETTERS_FULL: {
    summary: "There is no room for dead letters.",
    why: "The file that keeps what a sink refuses for good has reached its bound; what comes now is dropped, and counted.",
    mend: "Look into the file, hand on or remove what is in it, and raise `maxDeadLetters` if so much is to be kept.",
  },
  PLB_STREAM_OPTION_INVALID: {
    summary: "An option of a subscription or a delivery has a value it cannot have.",
    why: "Bounds are positive numbers, and a * may only end a namespace (`ns.*`).",
    mend: "Correct the option that the message names.",
  },
} as const;
