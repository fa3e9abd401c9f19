/** One event, as the client gives it. */
export interface ClientLine {
  /** `epoch:seq`; a cursor that stands directly after this event. */
  readonly id: string;
  /** The JSON text, byte for byte as it stands in the journal. */
  readonly line: string;
  /** The text as JSON has it, parsed when it is asked for: what only tags can say (`{"$int":"…"}`) is left tagged. */
  event(): Readonly<Record<string, unknown>>;
}

/** Events in order, each once. Never empty. */
export interface ClientBatch {
  readonly kind: "events";
  readonly lines: readonly ClientLine[];
  readonly cursor: string;
}

/** Nothing that was asked for, but the cursor went on; or the present is reached, or left behind. */
export interface ClientProgress {
  readonly kind: "progress";
  readonly cursor: string;
  readonly isLive: boolean;
}

/** Events that are gone, or, with the reason `size`, that are larger than was asked for. */
export interface ClientGap {
  readonly kind: "gap";
  readonly from: string | undefined;
  readonly to: string;
  readonly missing: number | undefined;
  /** `retention`, `damage`, `crash`, `unknown-cursor` or `size`. */
  readonly reason: string;
  readonly cursor: string;
}

export type ClientItem = ClientBatch | ClientProgress | ClientGap;
