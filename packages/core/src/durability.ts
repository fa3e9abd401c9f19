/**
 * What a write promises when it resolves.
 * - `buffered`: in memory, written within the journal's flush interval; a SIGKILL loses it.
 * - `written`: `write()` returned; survives SIGKILL, not a power cut.
 * - `fsynced`: on the device.
 */
export type Durability = "buffered" | "written" | "fsynced";
