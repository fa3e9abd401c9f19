/** What all telemetry of a process comes from: attributes like `service.name`. Written at the end of every line. */
export type Resource = Readonly<Record<string, unknown>>;

/** What a resource is without anybody's saying. */
export interface DefaultResourceOptions {
  /** Written as `telemetry.sdk.version`. */
  readonly sdkVersion: string;
}

/** `%x21 / %x23-2B / %x2D-3A / %x3C-5B / %x5D-7E`, W3C Baggage, section 3.2.1.3. */
const BAGGAGE_OCTETS = /^[!#-+\--:<-[\]-~]*$/;

/**
 * The attributes that hold where nothing else is given. `service.name` is `unknown_service:node`, as the OpenTelemetry
 * specification has it; `telemetry.sdk.name` is our own, since `opentelemetry` is reserved for its own SDK.
 */
export function defaultResource(options: DefaultResourceOptions): Resource {
  return {
    "service.name": "unknown_service:node",
    "telemetry.sdk.name": "plumbline",
    "telemetry.sdk.language": "nodejs",
    "telemetry.sdk.version": options.sdkVersion,
    "process.pid": process.pid,
  };
}

/**
 * All attributes of all resources; of those with one name the last wins, even when it is empty. Attributes that are `undefined`
 * are not there. The result has a null prototype.
 * Source: OpenTelemetry specification, Resource SDK, "Merge".
 */
export function mergeResources(...resources: readonly (Resource | undefined)[]): Resource {
  const merged = Object.create(null) as Record<string, unknown>;
  for (const resource of resources) {
    for (const [name, value] of Object.entries(resource ?? {})) {
      if (value !== undefined) merged[name] = value;
    }
  }
  return merged;
}

/**
 * Reads `OTEL_RESOURCE_ATTRIBUTES`: `key1=value1,key2=value2`, percent-encoded, all values text; of one name the last wins.
 * `undefined` when there is an error anywhere: half a resource would be taken for the whole one, so the caller ignores it whole and
 * says so, without quoting it. The result has a null prototype.
 * Source: OpenTelemetry specification, Resource SDK, "Specifying resource information via an environment variable".
 */
export function parseResourceAttributes(text: string): Readonly<Record<string, string>> | undefined {
  const attributes = Object.create(null) as Record<string, string>;
  for (const member of text.split(",")) {
    const pair = member.trim();
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = equals < 0 ? undefined : decode(pair.slice(0, equals).trim());
    const value = decode(pair.slice(equals + 1).trim());
    if (name === undefined || name === "" || value === undefined) return undefined;
    attributes[name] = value;
  }
  return attributes;
}

function decode(text: string): string | undefined {
  if (!BAGGAGE_OCTETS.test(text)) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // a `%` without two hex digits, or bytes that are not UTF-8
  }
}
