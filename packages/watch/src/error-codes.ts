/** The error catalogue of `@plumbline/watch`. */
export const WATCH_ERRORS = {
  PLB_WATCH_WRITE_FAILED: {
    summary: "A file or directory could not be replaced.",
    why: "The system refused to make, write, sync or rename it; the cause says which. What was there stands as it was.",
    mend: "Check that this user may write to the directory, and that the disk is not full.",
  },
  PLB_WATCH_NOT_REGULAR: {
    summary: "A path to be written atomically leads to something that is not a regular file.",
    why: "A rename would put a file in the place of a directory, a device or a pipe.",
    mend: "Give the path of a file, or of nothing yet.",
  },
  PLB_WATCH_NOT_A_LINK: {
    summary: "A directory to be swapped atomically is a real directory, or a file.",
    why: "No system call puts one directory in the place of another that is not empty; a symbolic link can be replaced in one step.",
    mend: "Move it aside and make the path a symbolic link to it, or give a path where nothing is.",
  },
  PLB_WATCH_LINK_LOOP: {
    summary: "The symbolic links of a path lead round in a circle.",
    why: "After 40 links the end was not reached.",
    mend: "Let the links lead to a file.",
  },
  PLB_WATCH_OPTION_INVALID: {
    summary: "An option has a value it cannot have.",
    why: "Nothing to watch, a time that is not positive, or something of another type.",
    mend: "Change the option that the message names: of the command, of `watchFiles` or of `createReloader`.",
  },
  PLB_WATCH_CLOSED: {
    summary: "The watch was asked for something while it was not started, or closed.",
    why: "It looks at nothing then.",
    mend: "Call `start` first, and nothing after `close`.",
  },
  PLB_WATCH_STALLED: {
    summary: "The watch has not got through a look at its files in time.",
    why: "The file system does not answer, as a network file system whose server is gone, or the event loop is blocked.",
    mend: "Mend the file system; the watch goes on by itself.",
  },
  PLB_WATCH_MISSING: {
    summary: "A watched file or directory is not there.",
    why: "Nothing has this path, or a symbolic link on the way leads nowhere. The last generation stands until it comes back.",
    mend: "Put the file there, or watch it as `optional`.",
  },
  PLB_WATCH_UNREADABLE: {
    summary: "A watched file or directory cannot be read.",
    why: "The system refuses it: no permission, a circle of symbolic links, a directory in a file's place, a failing disk. The last generation stands.",
    mend: "See the system's code; it is tried again at each look.",
  },
  PLB_WATCH_TOO_LARGE: {
    summary: "A watched file is larger than `maxFileBytes`.",
    why: "Watched files are kept in memory. The last generation stands.",
    mend: "Watch a smaller file, or raise the bound.",
  },
  PLB_WATCH_INCOMPLETE: {
    summary: "A watched file is not whole, by its own sign.",
    why: "Its end marker, checksum or form says that the writer is not done. The last generation stands.",
    mend: "Let the writer finish; if he has, `completeWhen` does not fit what he writes.",
  },
  PLB_WATCH_UNSETTLED: {
    summary: "A watched file changed each time it was read.",
    why: "Somebody writes to it without a pause. The last generation stands; it is tried again at once.",
    mend: "Replace the file as a whole, by `writeFileAtomic` or a rename, instead of writing to it.",
  },
  PLB_WATCH_LOOK_FAILED: {
    summary: "A look at the watched files failed.",
    why: "A `filter` threw; the cause says what.",
    mend: "Mend the filter; it is tried again at each look.",
  },
  PLB_WATCH_EVENTS_FAILED: {
    summary: "The system refuses file events for a directory.",
    why: "ENOSPC: the user's inotify watches are used up. EMFILE: its inotify instances are, or too many directories are watched. Changes are found by the interval.",
    mend: "Raise fs.inotify.max_user_watches or max_user_instances; it is tried again every 30 s.",
  },
  PLB_WATCH_EVENTS_MISSING: {
    summary: "Changes of watched files come without events.",
    why: "A network file system, a lower layer of an overlay, or a writer through another name or a memory map. Changes are found by the interval.",
    mend: "Nothing has to be done; a shorter `reconcileIntervalMs` finds them sooner.",
  },
  PLB_WATCH_TIMEOUT: {
    summary: "A step of a reload did not end in its time.",
    why: "`load` and `validate` have `loadTimeoutMs`, `apply` has `applyTimeoutMs`. It is tried again.",
    mend: "Find what it waits for, or give it more time. An `apply` must give up when its signal aborts: no other begins before it has settled.",
  },
  PLB_WATCH_REJECTED: {
    summary: "The target has refused the config.",
    why: "It said that the config is bad: the same content would be refused again, so it is not tried again.",
    mend: "Correct the config; new content is applied at once.",
  },
  PLB_WATCH_TRIGGER_FAILED: {
    summary: "The target could not be told to load its config, or did not confirm it.",
    why: "It did not answer, answered otherwise than was expected, or there is no such process; the message says which. It is told again.",
    mend: "Check the address, the process and the credentials of the trigger, and the target's own log.",
  },
  PLB_WATCH_NOTHING_GOOD: {
    summary: "The reloader has nothing to begin with.",
    why: "The watched files are missing or were refused, and there is no last good copy that could be applied; the cause says why they were.",
    mend: 'Correct the files, or start with `whenNothingIsGood: "wait"`.',
  },
} as const;
