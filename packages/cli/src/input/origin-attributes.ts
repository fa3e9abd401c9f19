import type { AnyValue } from "@plumbline/core";

/** What an OpenTelemetry resource and scope may have beside attributes, name and version. */
export interface Origin {
  readonly schemaUrl?: unknown;
  readonly droppedAttributes?: unknown;
  readonly scopeSchemaUrl?: unknown;
  readonly scopeAttributes?: Readonly<Record<string, AnyValue>> | undefined;
  readonly scopeDroppedAttributes?: unknown;
}

/** The attributes in which an event keeps what it has no field for. What says nothing is left out. */
export function originAttributes(origin: Origin): Readonly<Record<string, AnyValue>> {
  const { scopeAttributes = {} } = origin;
  const entries: readonly (readonly [string, AnyValue | undefined])[] = [
    ["otel.resource.schema_url", text(origin.schemaUrl)],
    ["otel.resource.dropped_attributes", count(origin.droppedAttributes)],
    ["otel.scope.schema_url", text(origin.scopeSchemaUrl)],
    ["otel.scope.attributes", Object.keys(scopeAttributes).length === 0 ? undefined : scopeAttributes],
    ["otel.scope.dropped_attributes", count(origin.scopeDroppedAttributes)],
  ];
  return Object.fromEntries(entries.filter((entry): entry is [string, AnyValue] => entry[1] !== undefined));
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function count(value: unknown): number | undefined {
  return typeof value === "number" && value > 0 ? value : undefined;
}
