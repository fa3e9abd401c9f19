/** Bounds on one event. What goes over is cut visibly, and counted. */
export interface Limits {
  /** Levels of nesting below the attributes or the body. More than 256 are taken as 256. */
  readonly maxDepth: number;
  /** Entries of all maps and arrays of one event together. */
  readonly maxAttributes: number;
  /** UTF-16 code units of one string, before it is escaped; bytes of one byte array. */
  readonly maxStringLength: number;
  /** UTF-16 code units of one line. Time, name, scope and resource are always written; what else would go over is cut or left out. */
  readonly maxEventSize: number;
}

export const DEFAULT_LIMITS: Limits = {
  maxDepth: 16,
  maxAttributes: 1024,
  maxStringLength: 1024 * 1024,
  maxEventSize: 4 * 1024 * 1024,
};
