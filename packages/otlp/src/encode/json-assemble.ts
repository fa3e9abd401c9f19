import type { FrameBytes, ResourceGroup, ScopeGroup } from "./logs-form.ts";

const COMMA = Buffer.from(",");

/** What {@link assembleJson} puts around the records: exact, but for the commas that it leaves out. */
export const JSON_FRAME: FrameBytes = {
  request: '{"resourceLogs":[]}'.length,
  resource: (resource, schemaUrl) =>
    '{"scopeLogs":[]},'.length + partBytes('"resource":,', resource) + Buffer.byteLength(schemaUrlJson(schemaUrl)),
  scope: (scope, schemaUrl) =>
    '{"logRecords":[]},'.length + partBytes('"scope":,', scope) + Buffer.byteLength(schemaUrlJson(schemaUrl)),
};

function partBytes(around: string, part: Buffer | undefined): number {
  return part === undefined ? 0 : around.length + part.length;
}

/** Puts an `ExportLogsServiceRequest` together as OTLP/JSON. */
export function assembleJson(records: Buffer, resources: readonly ResourceGroup[]): Buffer {
  const parts: Buffer[] = [Buffer.from('{"resourceLogs":[')];
  for (const [index, group] of resources.entries()) {
    if (index > 0) parts.push(COMMA);
    parts.push(Buffer.from("{"));
    if (group.resource !== undefined) parts.push(Buffer.from('"resource":'), group.resource, COMMA);
    parts.push(Buffer.from('"scopeLogs":['));
    for (const [place, scope] of group.scopes.entries()) {
      if (place > 0) parts.push(COMMA);
      pushScope(parts, scope, records);
    }
    parts.push(Buffer.from(`]${schemaUrlJson(group.schemaUrl)}}`));
  }
  parts.push(Buffer.from("]}"));
  return Buffer.concat(parts);
}

function pushScope(parts: Buffer[], { scope, schemaUrl, ranges }: ScopeGroup, records: Buffer): void {
  parts.push(Buffer.from("{"));
  if (scope !== undefined) parts.push(Buffer.from('"scope":'), scope, COMMA);
  parts.push(Buffer.from('"logRecords":['));
  // Every record is followed by a comma, the last one's is left out.
  for (let i = 0; i < ranges.length; i += 2) {
    const isLast = i + 2 >= ranges.length;
    parts.push(records.subarray(ranges[i], (ranges[i + 1] ?? 0) - (isLast ? 1 : 0)));
  }
  parts.push(Buffer.from(`]${schemaUrlJson(schemaUrl)}}`));
}

function schemaUrlJson(url: string): string {
  return url === "" ? "" : `,"schemaUrl":${JSON.stringify(url)}`;
}
