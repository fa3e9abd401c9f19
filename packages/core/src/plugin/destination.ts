/** How the content at the far side was checked before it was published. */
export type VerificationLevel = "read-back" | "server" | "size";

/** What is to be delivered. */
export interface DeliveryRequest {
  /** Final name, relative, with `/`. */
  readonly name: string;
  /** Bytes, where known beforehand. */
  readonly size: number | undefined;
  readonly overwrite: "never" | "same" | "replace";
}

/** Content under way: invisible under its final name until `publish` resolves. */
export interface StagedDelivery {
  /** Writes the next bytes, linearly. Resolves when the far side can take more. */
  write(chunk: Uint8Array): Promise<void>;
  /** Makes what was written durable over there and compares it with the digest (SHA-256, hex) and the size. */
  verify(expected: { readonly sha256: string; readonly size: number }): Promise<VerificationLevel>;
  /** Makes it visible under its final name, whole, in one step. */
  publish(): Promise<void>;
  /** Removes what was staged; safe at any time before `publish` and when repeated. */
  abort(): Promise<void>;
}

/** A place that files are handed on to. */
export interface Destination {
  /** Connects, and fails closed with what the far side lacks. */
  start(): Promise<void>;
  stage(request: DeliveryRequest, signal: AbortSignal): Promise<StagedDelivery>;
  /** What stands under a final name, to settle a publish whose answer was lost. */
  inspect(name: string): Promise<{ readonly size: number; readonly sha256: string | undefined } | undefined>;
  close(): void | Promise<void>;
}
