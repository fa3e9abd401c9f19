import type { RateLimitOptions, SamplingOptions, Severity } from "@plumbline/core";
import type { ComponentInput, ComponentSwitch, PlumblineConfig, SinkCommon, SinkInput } from "./config.ts";
import type { DescriptorInput, PlainFileInput } from "./schema-file.ts";

/**
 * The options of sinks, by the name that `use` gives. A package that brings a sink adds its own:
 * `declare module "@plumbline/sdk" { interface SinkOptionsByUse { "@acme/plumbline-slack": SlackOptions } }`.
 */
export interface SinkOptionsByUse {
  readonly file: PlainFileInput;
  readonly stdout: DescriptorInput;
}

/** The options of processors, by the name that `use` gives. Open to other packages, as {@link SinkOptionsByUse} is. */
export interface ProcessorOptionsByUse {
  readonly sampling: Pick<SamplingOptions, "ratio"> & { readonly keepMinSeverity?: Severity | "never" };
  readonly "rate-limit": Pick<RateLimitOptions, "perSecond"> & Partial<Omit<RateLimitOptions, "perSecond">>;
}

/** Of a name that nobody has declared, and of a plugin that is given as an object, anything: its own schema checks it. */
type OptionsOf<Use, ByUse> = Use extends keyof ByUse ? ByUse[Use] : Readonly<Record<string, unknown>>;

/** One sink, typed by what it uses. */
export type TypedSink<Use> = { readonly use: Use } & SinkCommon & OptionsOf<Use, SinkOptionsByUse>;

/** One processor, typed by what it uses. */
export type TypedProcessor<Use> = { readonly use: Use } & ComponentSwitch & OptionsOf<Use, ProcessorOptionsByUse>;

/** A config whose components are typed by what each uses. */
export interface TypedConfig<
  Sinks extends Readonly<Record<string, SinkInput["use"]>>,
  Processors extends readonly ComponentInput["use"][],
> extends Omit<PlumblineConfig, "sinks" | "processors"> {
  readonly sinks?: { readonly [Name in keyof Sinks]: TypedSink<Sinks[Name]> };
  readonly processors?: { readonly [Index in keyof Processors]: TypedProcessor<Processors[Index]> };
}

/**
 * A config in TypeScript or JavaScript, checked by the compiler down to the options of each sink: the default export of `plumbline.mjs`,
 * or what `start` is given. Gives it back as it is.
 */
export function defineConfig<
  const Sinks extends Readonly<Record<string, SinkInput["use"]>>,
  const Processors extends readonly ComponentInput["use"][],
>(config: TypedConfig<Sinks, Processors>): PlumblineConfig {
  // Every typed sink and processor is one; the compiler cannot follow that through the mapped types.
  return config as PlumblineConfig;
}
