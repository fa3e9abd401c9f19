/** The error catalogue of `@plumbline/handoff`, which destinations of other packages raise from too. */
export const HANDOFF_ERRORS = {
  PLB_HANDOFF_NAME_TAKEN: {
    summary: "A file was to be published under a name that is taken.",
    why: "`overwrite: never` refuses any file that stands there; `same` refuses one of other content.",
    mend: "Look what stands there. Choose another name, or `overwrite: replace`.",
  },
  PLB_HANDOFF_NAME_UNSUITABLE: {
    summary: "A file has a name that the destination cannot or must not have.",
    why: "A name is relative and stays below the destination: no empty part, no `..`, no NUL, nothing that is kept for the hand-off itself, no part above 255 bytes, no folder that is a symbolic link, or another file system than the staging folder.",
    mend: "Rename the file, or pick up from a folder above or below. A folder of another file system is a destination of its own.",
  },
  PLB_HANDOFF_MISMATCH: {
    summary: "What arrived is not what was sent.",
    why: "Size or SHA-256 at the far side differ. Nothing became visible.",
    mend: "It is sent again. If it goes on, look at the disk, the memory, and what stands between here and there.",
  },
  PLB_HANDOFF_ORDER: {
    summary: "A delivery was asked for a step before the one that comes first.",
    why: "Bytes are written, then verified, then published; what was aborted or refused is over.",
    mend: "Call `write`, `verify` and `publish` in this order, each after the one before has resolved.",
  },
  PLB_HANDOFF_LACKS: {
    summary: "The destination lacks what a file needs so as never to be seen before it is whole.",
    why: "What it can do was tried out at the start. To go on without would look safe and not be.",
    mend: "Mend what the message names, or choose a weaker way (`publish: linear` or `publish: marker`) with eyes open.",
  },
  PLB_HANDOFF_NO_SPACE: {
    summary: "The destination has less room than a file needs.",
    why: "It was asked before the first byte was written, or it said so while it was. Nothing became visible.",
    mend: "Make room over there; the file is tried again.",
  },
  PLB_HANDOFF_SOURCE_CHANGED: {
    summary: "A file changed while it was read.",
    why: "Its size, times, inode or content are no longer those that it was judged by, so nobody knows whether what was read ever was a whole file. Nothing became visible.",
    mend: "It is judged again. Let its producer write beside it and rename, or say when it is done.",
  },
  PLB_HANDOFF_NOT_COMMITTED: {
    summary: "A file is not known to be complete as surely as the pick-up asks for.",
    why: "`require: committed` takes only what its producer says is done: by a marker, a manifest, a rename or a sealed name.",
    mend: "Let the producer commit, or ask for less with `require: no-writer` or `require: quiescent`.",
  },
  PLB_HANDOFF_WRITERS_UNKNOWN: {
    summary: "Nobody can tell whether a file is still being written.",
    why: "`require: no-writer` takes a file that no process has open for writing. Processes that may write it cannot be looked into (those of other users, of whom it lets write; those that the system hides), or this system has no /proc.",
    mend: "Let the producer commit (`commit: rename`, `marker`, `manifest`), take less (`require: quiescent`), let the file be written by its owner alone, or run as a user who may look. `plumbline handoff explain FILE` tells what is known.",
  },
  PLB_HANDOFF_MARKER_ALONE: {
    summary: "A marker stands there, and the file that it commits does not.",
    why: "It was left when its file was taken away, or put there before its file. A file that comes later under the name is not committed by it: it would be taken before it is whole.",
    mend: "Remove the marker, or let the producer put it there when the file is whole; `touch` makes it count anew.",
  },
  PLB_HANDOFF_SOURCE_INVALID: {
    summary: "A pick-up was given a folder that it cannot read, or something that is no folder.",
    why: "Without its folder there is nothing to hand on, and to wait for it would hide a mistake.",
    mend: "Name a folder that exists and may be read.",
  },
  PLB_HANDOFF_MANIFEST_INVALID: {
    summary: "A manifest cannot be read.",
    why: "It is no JSON, or not of this form and version, or its id is not made of its name and content.",
    mend: "Look who wrote it. A file without a valid manifest is not taken.",
  },
  PLB_HANDOFF_JOURNAL_FAILED: {
    summary: "The crash journal of a hand-off could not be read or written.",
    why: "Without it a file might be published twice after a crash, so nothing is published.",
    mend: "Look at the cause: the disk of the state folder, its permissions.",
  },
  PLB_HANDOFF_JOURNAL_IN_USE: {
    summary: "Another process hands on with the same state folder.",
    why: "Two would publish the same files, and take away what the other has staged.",
    mend: "Stop the other one, or give this one a state folder of its own.",
  },
  PLB_HANDOFF_OTHER_DESTINATION: {
    summary: "A state folder is of deliveries to another destination.",
    why: "What was delivered there would count as delivered here, and with `after: delete` its source would go.",
    mend: "Give the new destination a state folder of its own. If it is the same place under a new address, remove the file `destination` from the state folder.",
  },
  PLB_HANDOFF_OPTIONS_INVALID: {
    summary: "A hand-off was given options that do not fit.",
    why: "The message names the option, or the archive that lies within what is picked up.",
    mend: "Change that option; the README of @plumbline/handoff has all of them.",
  },
  PLB_HANDOFF_GAVE_UP: {
    summary: "A file could not be handed on, and is set aside.",
    why: "It failed as often or for as long as the options allow, or in a way that another try does not mend. The other files go on, unless the destination takes none any more: then the run ends. Nothing is lost.",
    mend: "See the cause. It is tried again when it changes, or after a restart.",
  },
} as const;
