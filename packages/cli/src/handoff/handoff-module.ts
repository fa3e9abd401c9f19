import type { Clock, Destination, HandoffManifest, Pickup, Plugin, PluginContext, Service } from "@plumbline/core";
import { loadPackage } from "../load-package.ts";

/** What happens to a file on its way, as `@plumbline/handoff` tells it. */
export interface HandoffEvent {
  readonly kind: string;
  readonly name: string;
  readonly size?: number;
  readonly sent?: number;
  readonly code?: string;
  readonly message?: string;
}

/** What `@plumbline/handoff` makes to hand files on. */
export interface HandoffUploader {
  start(): Promise<unknown>;
  run(signal: AbortSignal): Promise<void>;
  readonly counts: {
    readonly delivered: number;
    readonly found: number;
    readonly bytes: number;
    readonly aside: number;
    readonly changed: number;
  };
  close(): Promise<void>;
}

/** How a delivery stands in the crash journal. */
export type DeliveryState =
  | { readonly kind: "publishing" | "delivered"; readonly manifest: HandoffManifest }
  | { readonly kind: "aside"; readonly name: string; readonly code: string };

/** What of `@plumbline/handoff` the command uses. The package is found when the command runs: whoever does not hand files on does not install it. */
export interface HandoffModule {
  createDirectoryPickup(options: Readonly<Record<string, unknown>>, clock: Clock): Pickup;
  createFilePickup(options: Readonly<Record<string, unknown>>, clock: Clock): Pickup;
  createUploader(options: Readonly<Record<string, unknown>>): HandoffUploader;
  createHandoffService(options: unknown, context: PluginContext, onEvent: (event: HandoffEvent) => void): Service;
  loadDestination(input: string | Readonly<Record<string, unknown>>, context: PluginContext): Promise<Destination>;
  loadPickupPlugin(
    input: Readonly<Record<string, unknown>> & { readonly use: string },
    context: PluginContext,
  ): Promise<Pickup>;
  explainFile(
    path: string,
    options: Readonly<Record<string, unknown>>,
    clock: Clock,
  ): Promise<{
    readonly kind: "ready" | "wait" | "never";
    readonly guarantee?: string;
    readonly evidence: readonly string[];
  }>;
  compareManifests(
    destination: Destination,
  ): AsyncIterable<{ readonly kind: "whole" | "absent" | "different"; readonly manifest: HandoffManifest }>;
  readDeliveries(folder: string): Promise<ReadonlyMap<string, DeliveryState>>;
  receive(
    options: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
    clock: Clock,
  ): AsyncIterable<{
    readonly kind: "taken" | "repeated" | "failed";
    readonly manifest: HandoffManifest;
    readonly code?: string;
  }>;
  readonly handoff: Plugin<"service">;
}

/** Throws `PLB_CLI_NO_PACKAGE`. */
export async function loadHandoff(cwd: string): Promise<HandoffModule> {
  // The package's own promise.
  return (await loadPackage(cwd, "@plumbline/handoff", "createUploader")) as HandoffModule;
}
