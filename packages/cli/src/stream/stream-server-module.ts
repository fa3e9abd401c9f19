import type { Clock } from "@plumbline/core";
import { loadPackage } from "../load-package.ts";

/** A server as `@plumbline/stream-server` makes it. */
export interface RunningServer {
  readonly url: string | undefined;
  readonly tokenFile: string | undefined;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** What of `@plumbline/stream-server` these commands use. */
export interface StreamServerModule {
  readonly createStreamServer: (options: {
    readonly journal: string;
    readonly listen?: string | undefined;
    readonly auth?: "token" | "none" | undefined;
    readonly tokenFile?: string | undefined;
    readonly allowedHosts?: readonly string[] | undefined;
    readonly allowedOrigins?: readonly string[] | undefined;
    readonly tls?: { readonly keyFile: string; readonly certificateFile: string } | undefined;
    readonly clock: Clock;
    readonly diagnostics: { warn(message: string): void; error(message: string): void };
  }) => RunningServer;
  readonly tokenFilePath: (port: number, env: Readonly<Record<string, string | undefined>>) => string;
  readonly readToken: (path: string) => Promise<string | undefined>;
}

/** What comes from a server, as `@plumbline/stream-server/client` gives it. */
export type RemoteItem =
  | { readonly kind: "events"; readonly lines: readonly { readonly line: string }[]; readonly cursor: string }
  | { readonly kind: "progress"; readonly cursor: string; readonly isLive: boolean }
  | {
      readonly kind: "gap";
      readonly to: string;
      readonly missing: number | undefined;
      readonly reason: string;
      readonly cursor: string;
    };

/** What of the client these commands use. */
export interface StreamClientModule {
  readonly followStream: (options: {
    readonly url: string;
    readonly cursor: string;
    readonly token: string | undefined;
    readonly wantedNames: readonly string[] | undefined;
    readonly minSeverity: number | undefined;
    readonly signal: AbortSignal;
    readonly onState: (state: string) => void;
  }) => AsyncIterable<RemoteItem>;
}

/** Throws `PLB_CLI_NO_PACKAGE`. */
export async function loadStreamServer(cwd: string): Promise<StreamServerModule> {
  // The package's own promise.
  return (await loadPackage(cwd, "@plumbline/stream-server", "createStreamServer")) as StreamServerModule;
}

/** Throws `PLB_CLI_NO_PACKAGE`. */
export async function loadStreamClient(cwd: string): Promise<StreamClientModule> {
  // The package's own promise.
  return (await loadPackage(cwd, "@plumbline/stream-server/client", "followStream")) as StreamClientModule;
}
