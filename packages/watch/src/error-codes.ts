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
} as const;
