import {
  type AnyMap,
  type AnyValue,
  DoubleValue,
  type Severity,
  type TelemetryEvent,
  toSeverityNumber,
} from "@plumbline/core";
import { InvalidArgumentError } from "commander";

/** Which events to show; an event must satisfy all that is given. */
export interface EventFilter {
  /** This severity or a higher one, 1 to 24. */
  readonly minSeverity: number | undefined;
  /** One of these names; `checkout.*` is every name that begins with `checkout.`. None: every event, those without a name too. */
  readonly names: readonly string[];
  /** All of these attributes. */
  readonly attributes: readonly AttributeFilter[];
}

/** An attribute that must be there, and with this value where one is given. */
export interface AttributeFilter {
  readonly key: string;
  readonly value: string | undefined;
}

export function matches(filter: EventFilter, event: TelemetryEvent): boolean {
  return (
    (filter.minSeverity === undefined || event.severity >= filter.minSeverity) &&
    (filter.names.length === 0 || filter.names.some((name) => matchesName(name, event.name))) &&
    filter.attributes.every((attribute) => matchesAttribute(attribute, event.attributes))
  );
}

/** Whether the filter lets everything through, so that no line needs to be parsed for it. */
export function isOpen(filter: EventFilter): boolean {
  return filter.minSeverity === undefined && filter.names.length === 0 && filter.attributes.length === 0;
}

/** A `--severity` of the command line. Throws commander's error for a wrong argument. */
export function parseSeverityOption(text: string): number {
  const severity: Severity | undefined = toSeverityNumber(/^\d+$/.test(text) ? Number(text) : text);
  if (severity === undefined)
    throw new InvalidArgumentError("Give trace, debug, info, warn, error, fatal, or a number from 1 to 24.");
  return severity;
}

/** One more `--attr` of the command line: `key=value`, or `key` alone for any value. */
export function parseAttributeOption(
  text: string,
  previous: readonly AttributeFilter[] = [],
): readonly AttributeFilter[] {
  const equals = text.indexOf("=");
  const key = equals < 0 ? text : text.slice(0, equals);
  if (key === "") throw new InvalidArgumentError("Give key=value, or the key alone for any value.");
  return [...previous, { key, value: equals < 0 ? undefined : text.slice(equals + 1) }];
}

function matchesName(pattern: string, name: string | undefined): boolean {
  if (name === undefined) return false;
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function matchesAttribute(filter: AttributeFilter, attributes: AnyMap): boolean {
  const value = findAttribute(attributes, filter.key);
  if (value === undefined) return false;
  return filter.value === undefined || scalarText(value) === filter.value;
}

/** An attribute by its own name, which often has dots in it, else by a path into nested maps. */
function findAttribute(map: AnyMap, key: string): AnyValue | undefined {
  if (Object.hasOwn(map, key)) return map[key];
  for (let dot = key.indexOf("."); dot > 0; dot = key.indexOf(".", dot + 1)) {
    const outer = key.slice(0, dot);
    const inner = Object.hasOwn(map, outer) ? map[outer] : undefined;
    if (!isMap(inner)) continue;
    const found = findAttribute(inner, key.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

function scalarText(value: AnyValue): string | undefined {
  if (value instanceof DoubleValue) return String(value.value);
  return typeof value === "object" && value !== null ? undefined : String(value);
}

function isMap(value: AnyValue | undefined): value is AnyMap {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof DoubleValue)
  );
}
