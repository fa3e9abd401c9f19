import { resolve } from "node:path";
import { definePlugin, type Plugin } from "@plumbline/core";
import { createOtlpSink } from "./otlp-sink.ts";
import { otlpOptionsSchema } from "./settings/options-schema.ts";
import type { OtlpOptions, OtlpSignalOptions } from "./settings/options.ts";

/** `use: "@plumbline/otlp"`: delivers to an OTLP receiver. Paths of certificates start from the config's folder. */
export const otlp: Plugin<"sink", OtlpOptions> = definePlugin({
  id: "@plumbline/otlp",
  kind: "sink",
  apiVersion: 1,
  options: otlpOptionsSchema,
  create: (options, context) => {
    const { baseDir } = context;
    const { logs, traces, metrics } = options;
    const signals = {
      ...(logs === undefined ? {} : { logs: withPaths(logs, baseDir) }),
      ...(traces === undefined ? {} : { traces: withPaths(traces, baseDir) }),
      ...(metrics === undefined ? {} : { metrics: withPaths(metrics, baseDir) }),
    };
    return createOtlpSink({ ...withPaths(options, baseDir), ...signals }, context);
  },
});

function withPaths<Options extends OtlpSignalOptions>(options: Options, baseDir: string): Options {
  const absolute = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : resolve(baseDir, path);
  const { certificate, clientKey, clientCertificate } = options;
  return {
    ...options,
    certificate: absolute(certificate),
    clientKey: absolute(clientKey),
    clientCertificate: absolute(clientCertificate),
  };
}
