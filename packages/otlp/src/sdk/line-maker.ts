import {
  type Clock,
  createLineWriter,
  type EventInput,
  type Limits,
  LineRecord,
  type LineWriter,
  type Redactor,
  type SeverityNumber,
} from "@plumbline/core";
import type { SdkResource, SdkScope } from "./sdk-shapes.ts";

/** What lines are made with. */
export interface LineMakerOptions {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly redactor: Redactor | undefined;
}

interface Origin {
  readonly writer: LineWriter;
  /** `,"resource":{…}}`, as it ends every line of the writer. */
  readonly tail: string;
  readonly schemaUrl: string | undefined;
  /** `,"scope":{…}` of scopes that have more than a name and a version. */
  readonly scopes: WeakMap<SdkScope, string>;
}

const INFO: SeverityNumber = 9;

/**
 * Makes redacted lines of what the OpenTelemetry SDK hands over: one walk for each, as for any event. A writer is kept for each resource; a
 * process has one.
 */
export class LineMaker {
  readonly #options: LineMakerOptions;
  readonly #origins = new WeakMap<object, Origin>();

  constructor(options: LineMakerOptions) {
    this.#options = options;
  }

  /** Never throws but for a resource that cannot be redacted (`PLB_RESOURCE_UNWRITABLE`). */
  make(event: EventInput, severity: SeverityNumber, resource: SdkResource, scope: SdkScope): LineRecord {
    const origin = this.#originOf(resource);
    const { name, version } = scope;
    const isPlain = scope.schemaUrl === undefined && !hasEntries(scope.attributes);
    if (isPlain && origin.schemaUrl === undefined) {
      return origin.writer.write({ ...event, scope: version === undefined ? { name } : { name, version } }, severity);
    }
    const record = origin.writer.write(event, severity);
    const fragment = isPlain && name === "" ? "" : this.#scopeJson(origin, scope);
    const url = origin.schemaUrl === undefined ? "" : `,"schema_url":${JSON.stringify(origin.schemaUrl)}`;
    return withBeforeTail(record, origin.tail, `${fragment}${url}`);
  }

  #originOf(resource: SdkResource): Origin {
    let origin = this.#origins.get(resource);
    if (origin === undefined) {
      const writer = createLineWriter({ ...this.#options, resource: resource.attributes });
      // The first line has no name, body or attributes in which the same text could stand before.
      const { rest } = writer.write({ time: 0n }, INFO);
      const schemaUrl = this.#safeUrl(resource.schemaUrl);
      origin = { writer, tail: rest.slice(rest.indexOf(',"resource":')), schemaUrl, scopes: new WeakMap() };
      this.#origins.set(resource, origin);
    }
    return origin;
  }

  #safeUrl(url: string | undefined): string | undefined {
    return url === undefined || url === "" ? undefined : (this.#options.redactor?.text(url) ?? url);
  }

  #scopeJson(origin: Origin, scope: SdkScope): string {
    let json = origin.scopes.get(scope);
    if (json === undefined) {
      const { name, version, schemaUrl, attributes, droppedAttributesCount } = scope;
      // The walk redacts the attributes, as those of an event.
      const { attributes: safe, body } = JSON.parse(
        origin.writer.write({ attributes: attributes ?? {}, body: { name, version, schema_url: schemaUrl } }, INFO)
          .line,
      ) as { attributes?: object; body: object };
      const more = safe === undefined || !hasEntries(safe) ? {} : { attributes: safe };
      const dropped = (droppedAttributesCount ?? 0) > 0 ? { dropped_attributes: droppedAttributesCount } : {};
      json = `,"scope":${JSON.stringify({ ...body, ...more, ...dropped })}`;
      origin.scopes.set(scope, json);
    }
    return json;
  }
}

function withBeforeTail(record: LineRecord, tail: string, fragment: string): LineRecord {
  const { rest, time, severity, name, signal, size } = record;
  const at = rest.length - tail.length;
  const longer = `${rest.slice(0, at)}${fragment}${rest.slice(at)}`;
  const micros = Number(time / 1000n);
  const nanos = Number(time - BigInt(micros) * 1000n);
  // Twice the fragment: two bytes for a code unit where any is beyond U+00FF.
  return new LineRecord(longer, size + 2 * fragment.length, micros, nanos, severity, name, signal);
}

function hasEntries(map: object | undefined): boolean {
  return map !== undefined && Object.keys(map).length > 0;
}
