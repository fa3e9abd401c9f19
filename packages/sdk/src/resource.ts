import { defaultResource, mergeResources, type Resource } from "@plumbline/core";
import type { Config } from "./config/config.ts";
import { sdkVersion } from "./version.ts";

/**
 * The resource that every line carries: the defaults, what the environment says over them, the config's attributes over that, and
 * its name and version over those.
 * Source: OpenTelemetry specification, "Resource SDK", and its semantic conventions for `service.*`.
 */
export function createResource(service: Config["service"], environment: Resource): Resource {
  const own = { "service.name": service.name, "service.version": service.version };
  return mergeResources(defaultResource({ sdkVersion: sdkVersion() }), environment, service.attributes, own);
}

/** How the specification's name for a service without one begins; the executable follows, after a colon. */
const UNKNOWN_SERVICE = "unknown_service";

/** What stands for `{service}` in a path; `unknown_service` where nobody gave a name. */
export function servicePathPart(resource: Resource): string {
  const name = resource["service.name"];
  if (typeof name !== "string") return UNKNOWN_SERVICE;
  return name.startsWith(`${UNKNOWN_SERVICE}:`) ? UNKNOWN_SERVICE : name;
}
