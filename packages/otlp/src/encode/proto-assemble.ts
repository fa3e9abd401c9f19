import type { FrameBytes, ResourceGroup, ScopeGroup } from "./logs-form.ts";
import { varintSize } from "./proto-writer.ts";

// Field numbers and wire types. Source: opentelemetry-proto, collector/logs/v1/logs_service.proto and logs/v1/logs.proto.
const RESOURCE_LOGS = 0x0a;
const RESOURCE = 0x0a;
const SCOPE_LOGS = 0x12;
const SCOPE = 0x0a;
const SCHEMA_URL = 0x1a;

/** A tag, and a length at its longest: how long it is depends on all that is within. */
const MOST_HEADER_BYTES = 6;

/** What {@link assembleProto} puts around the records, at most. */
export const PROTO_FRAME: FrameBytes = {
  request: 0,
  resource: (resource, schemaUrl) => MOST_HEADER_BYTES + partSize(resource) + textSize(schemaUrl),
  scope: (scope, schemaUrl) => MOST_HEADER_BYTES + partSize(scope) + textSize(schemaUrl),
};

/** Puts an `ExportLogsServiceRequest` together: all lengths are known, so its bytes are made once, in their size. */
export function assembleProto(records: Buffer, resources: readonly ResourceGroup[]): Buffer {
  const sizes = resources.map((group) => resourceSize(group));
  const total = sizes.reduce((sum, size) => sum + fieldSize(size), 0);
  const target = new Assembly(Buffer.allocUnsafe(total), records);
  for (const [index, group] of resources.entries()) {
    target.header(RESOURCE_LOGS, sizes[index] ?? 0);
    if (group.resource !== undefined) target.field(RESOURCE, group.resource);
    for (const scope of group.scopes) target.scope(scope);
    if (group.schemaUrl !== "") target.field(SCHEMA_URL, Buffer.from(group.schemaUrl));
  }
  return target.bytes;
}

class Assembly {
  readonly bytes: Buffer;
  readonly #records: Buffer;
  #at = 0;

  constructor(bytes: Buffer, records: Buffer) {
    this.bytes = bytes;
    this.#records = records;
  }

  header(tag: number, length: number): void {
    this.bytes[this.#at++] = tag;
    let rest = length;
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) this.bytes[this.#at++] = (rest % 128) | 0x80;
    this.bytes[this.#at++] = rest;
  }

  field(tag: number, content: Buffer): void {
    this.header(tag, content.length);
    this.#at += content.copy(this.bytes, this.#at);
  }

  scope(group: ScopeGroup): void {
    this.header(SCOPE_LOGS, scopeSize(group));
    if (group.scope !== undefined) this.field(SCOPE, group.scope);
    for (let i = 0; i < group.ranges.length; i += 2) {
      this.#at += this.#records.copy(this.bytes, this.#at, group.ranges[i], group.ranges[i + 1]);
    }
    if (group.schemaUrl !== "") this.field(SCHEMA_URL, Buffer.from(group.schemaUrl));
  }
}

function resourceSize({ resource, schemaUrl, scopes }: ResourceGroup): number {
  const inScopes = scopes.reduce((sum, scope) => sum + fieldSize(scopeSize(scope)), 0);
  return partSize(resource) + inScopes + textSize(schemaUrl);
}

function scopeSize({ scope, schemaUrl, ranges }: ScopeGroup): number {
  let size = partSize(scope) + textSize(schemaUrl);
  for (let i = 0; i < ranges.length; i += 2) size += (ranges[i + 1] ?? 0) - (ranges[i] ?? 0);
  return size;
}

function partSize(part: Buffer | undefined): number {
  return part === undefined ? 0 : fieldSize(part.length);
}

function textSize(text: string): number {
  return text === "" ? 0 : fieldSize(Buffer.byteLength(text));
}

function fieldSize(length: number): number {
  return 1 + varintSize(length) + length;
}
