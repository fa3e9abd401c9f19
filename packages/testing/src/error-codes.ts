/** The error catalogue of `@plumbline/testing`. */
export const TESTING_ERRORS = {
  PLB_TESTING_TIMER_LOOP: {
    summary: "Timers went off without end while the fake clock was moved.",
    why: "A callback sets its next timer at the same instant, so time never gets on.",
    mend: "Give the timer a delay above 0, or look for a loop that never waits.",
  },
  PLB_TESTING_OPERATION_UNKNOWN: {
    summary: "A fault was planned for an operation that the driver does not have.",
    why: "It would never happen, and the test would pass without it.",
    mend: "Name one of the driver's own methods.",
  },
  PLB_TESTING_ANSWER_INVALID: {
    summary: "A memory sink was told to refuse more lines than a batch has, or fewer than one.",
    why: "A sink refuses one line of a batch at least, and all of them at most.",
    mend: "Plan a number that fits the batch.",
  },
  PLB_TESTING_OTLP_INVALID: {
    summary: "A request holds something that OTLP does not have.",
    why: "The test receiver reads strictly: what a far side would skip or guess is a defect of the sender.",
    mend: "See the cause for the message and the field.",
  },
} as const;
