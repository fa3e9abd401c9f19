import type { RecordWriter } from "./record-writer.ts";

/** One form of an `ExportLogsServiceRequest`: protocol buffers or JSON. Records are written one behind the other, and put together at the end. */
export interface LogsForm extends RecordWriter {
  /** What was written, up to `at`. */
  readonly bytes: Buffer;
  readonly at: number;
  clear(): void;
  /** Takes back what was written from there on. */
  rewind(at: number): void;
  /** Then come the resource's attributes, as entries. */
  beginResource(lineBytes: number): void;
  endResource(): Buffer;
  beginScope(lineBytes: number): void;
  scopeName(from: number, to: number, escaped: boolean): void;
  scopeVersion(from: number, to: number, escaped: boolean): void;
  beginScopeAttributes(): void;
  endScopeAttributes(): void;
  scopeDroppedAttributes(count: number): void;
  endScope(): Buffer;
}

/** Puts a request together, in bytes made for it alone. `records` is what the form has written. */
export type AssembleRequest = (records: Buffer, resources: readonly ResourceGroup[]) => Buffer;

/** How many bytes a request has beside its records, at most: of itself, and for each resource and each scope in it. */
export interface FrameBytes {
  readonly request: number;
  readonly resource: (resource: Buffer | undefined, schemaUrl: string) => number;
  readonly scope: (scope: Buffer | undefined, schemaUrl: string) => number;
}

/** Records of one resource. */
export interface ResourceGroup {
  /** As {@link LogsForm.endResource} gave it; `undefined` when the lines have none. */
  readonly resource: Buffer | undefined;
  readonly schemaUrl: string;
  readonly scopes: ScopeGroup[];
}

/** Records of one scope in one resource. */
export interface ScopeGroup {
  readonly scope: Buffer | undefined;
  readonly schemaUrl: string;
  /** Where its records stand in the form's bytes: first and behind the last, pair by pair. */
  readonly ranges: number[];
}
