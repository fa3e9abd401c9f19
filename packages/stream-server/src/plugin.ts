import { resolve } from "node:path";
import { definePlugin, type Plugin, type PluginContext, type Service } from "@plumbline/core";
import { formatAddress, parseListenAddress } from "./listen-address.ts";
import { STREAM_SERVER_DEFAULTS } from "./options.ts";
import { streamServerSchema, type StreamServerConfig } from "./plugin-options.ts";
import { serverError } from "./server-error.ts";
import { createStreamServer } from "./stream-server.ts";

/** How long subscribers have to be sent the rest of a journal that another takes the place of. */
const FINISH_MS = 5000;

/**
 * `use: "@plumbline/stream-server"`: serves the journal of the running service. It holds its port exclusively: a reload ends the old one, each subscriber with
 * its cursor, before the new one listens. Paths start from the config's folder.
 */
export const streamServer: Plugin<"service", StreamServerConfig> = definePlugin({
  id: "@plumbline/stream-server",
  kind: "service",
  apiVersion: 1,
  options: streamServerSchema,
  create: createService,
});

function createService(options: StreamServerConfig, context: PluginContext): Service {
  const { journal, clock, diagnostics, baseDir } = context;
  if (journal === undefined) {
    throw serverError("PLB_SERVE_OPTION_INVALID", {
      message: "A stream server serves the journal, and this config has none.",
    });
  }
  const { tokenFile, tls } = options;
  const server = createStreamServer({
    ...options,
    tokenFile: tokenFile === undefined ? undefined : resolve(baseDir, tokenFile),
    tls: tls && {
      keyFile: resolve(baseDir, tls.keyFile),
      certificateFile: resolve(baseDir, tls.certificateFile),
    },
    journal,
    clock,
    diagnostics: {
      warn: (message, facts) => diagnostics.warn(message, facts),
      error: (message, facts) => diagnostics.error(message, facts),
    },
  });
  const address = parseListenAddress(options.listen ?? STREAM_SERVER_DEFAULTS.listen);
  return {
    // Any port that is free is nobody else's.
    exclusive: address.port === 0 ? [] : [`tcp:${formatAddress(address)}`],
    start: () => server.start(),
    status: () => ({ url: server.url ?? null, subscribers: server.subscribers }),
    finish: () => server.caughtUp(FINISH_MS),
    close: () => server.close(),
  };
}
