import { createErrorFactory, type ErrorDetails, type PlumblineError } from "./errors.ts";

/** Every error that this package raises. */
export const CORE_ERRORS = {
  PLB_PLUGIN_INVALID: {
    summary: "The plugin is not an object.",
    why: "A plugin is a plain object made by definePlugin; what was registered is something else.",
    mend: "Export what definePlugin returns, and name that export in the config.",
  },
  PLB_PLUGIN_ID_MISSING: {
    summary: "The plugin has no id.",
    why: "A plugin is found, counted and reported by its id.",
    mend: "Give it an id: the npm name of its package, or a path under it.",
  },
  PLB_PLUGIN_ID_INVALID: {
    summary: "The plugin's id is not an npm name or a path under one.",
    why: "Ids stand in configs, metrics and error messages, so they are kept to the form of npm names.",
    mend: "Use an id like `@acme/plumbline-slack` or `@acme/plumbline-slack/alerts`.",
  },
  PLB_PLUGIN_ID_DUPLICATE: {
    summary: "A second plugin has an id that is already registered.",
    why: "Which of the two a config means could not be told.",
    mend: "Remove one of them, or give it an id of its own.",
  },
  PLB_PLUGIN_KIND_UNKNOWN: {
    summary: "The plugin's kind is not known.",
    why: "The kind decides what the plugin is called for; this host serves no such kind.",
    mend: "Use one of source, processor, detector, sink, pickup, destination, condition, service.",
  },
  PLB_PLUGIN_API_VERSION: {
    summary: "The plugin was made for another version of the plugin contract.",
    why: "This host serves contract version 1 alone.",
    mend: "Install the version of the plugin that fits this version of @plumbline/core.",
  },
  PLB_PLUGIN_CREATE_INVALID: {
    summary: "The plugin has no create function.",
    why: "An instance is made by calling create(options, context).",
    mend: "Give the plugin a create function that returns its instance.",
  },
  PLB_PLUGIN_SCHEMA_INVALID: {
    summary: "The plugin's options are not a Standard Schema.",
    why: "Options from a config are checked before create is called, through the Standard Schema interface, version 1.",
    mend: "Give a schema of zod, valibot, arktype or any other library that implements it, or leave options out.",
  },
  PLB_PLUGIN_OPTIONS_INVALID: {
    summary: "The plugin's options do not fit its schema.",
    why: "An instance is only made from options that were checked.",
    mend: "Correct the options that are listed; the plugin's documentation says what they may be.",
  },
  PLB_PLUGIN_CREATE_FAILED: {
    summary: "The plugin's create function threw.",
    why: "Without an instance the component cannot be wired.",
    mend: "See the cause; create should only build the instance and leave all side effects to start().",
  },
  PLB_PLUGIN_INSTANCE_INVALID: {
    summary: "The plugin's create function returned no instance of its kind.",
    why: "A method that the kind's contract demands is missing.",
    mend: "Return an object with the methods that are listed.",
  },
  PLB_PLUGIN_TIMEOUT: {
    summary: "The plugin did not settle by its deadline.",
    why: "A plugin that hangs must not hold up the service or the other plugins.",
    mend: "Look into what the plugin waits for, or raise the deadline in the config.",
  },
  PLB_SINK_TIMEOUT: {
    summary: "The sink did not settle a batch by its deadline.",
    why: "Whether the batch was delivered is unknown; it is delivered again after a pause.",
    mend: "Look into what the sink waits for, let it obey the signal that write is given, or raise writeTimeoutMs.",
  },
  PLB_SINK_RESULT_INVALID: {
    summary: "The sink's write resolved with something that is neither nothing nor a partial rejection.",
    why: "How much of the batch was delivered cannot be told, so the batch is counted as dropped.",
    mend: "Let write resolve with nothing, or with { rejected, reason } where rejected is from 0 to the batch's length.",
  },
  PLB_PROCESSOR_RESULT_INVALID: {
    summary: "The processor returned something that is neither a draft nor undefined.",
    why: "A processor is synchronous; the event goes on as it was before it.",
    mend: "Return the draft, changed or not, another draft, or undefined to filter the event out.",
  },
  PLB_OUTPUT_OPTIONS_INVALID: {
    summary: "An output was given options that it cannot be fed by.",
    why: "A bound below its least value, a policy that does not exist, or a name that is taken would lose events unseen.",
    mend: "Correct the options that are listed in details.issues.",
  },
  PLB_PIPELINE_CLOSED: {
    summary: "The pipeline was closed and cannot be reconfigured.",
    why: "Its outputs are drained and closed; there is nothing that could take over.",
    mend: "Make a new pipeline, or reconfigure before close.",
  },
  PLB_EVENT_DROPPED: {
    summary: "The event was dropped.",
    why: "An output could not take or deliver it; details.drops names each output and its reason.",
    mend: "Read the reason: `overflow` asks for a larger queue or the policy block, `closed` for emitting before close.",
  },
  PLB_EMIT_REENTRANT: {
    summary: "An event was emitted from inside a plugin or a getter that the pipeline itself had called.",
    why: "It would cause the next call, without end; it is counted as dropped{reentrant}.",
    mend: "Let plugins report through context.diagnostics, and keep getters and toJSON free of logging.",
  },
  PLB_EMIT_FAILED: {
    summary: "An event could not be taken because a part of the pipeline threw.",
    why: "emit never throws; the event is counted as dropped{failed}.",
    mend: "See the code in the message; this is a defect of the part that it names.",
  },
  PLB_FLUSH_INCOMPLETE: {
    summary: "The flush ended before everything emitted before it was settled.",
    why: "An output did not settle in time, or failed to flush; details.outputs names each with its code.",
    mend: "Raise the timeout, or look into the outputs that are named.",
  },
  PLB_LINE_INVALID: {
    summary: "The line is not an event.",
    why: "A line is one JSON object with at least a time and a severity, and every known field has its own form; details.reason names the one that is wrong.",
    mend: "Check what wrote the file; `plumbline verify` lists such lines with their offsets.",
  },
  PLB_RESOURCE_UNWRITABLE: {
    summary: "The resource could not be redacted.",
    why: "It stands at the end of every line, so without it no line can be written; details.code says what was thrown.",
    mend: "Look for a detector that throws.",
  },
  PLB_EVENT_UNWRITABLE: {
    summary: "The event could not be redacted or serialised.",
    why: "Something threw in the walk; an event that could not be redacted whole must not be written, so this line stands in its place.",
    mend: "Look for the code that emits it: a detector that throws, a time or an attribute that cannot be read.",
  },
  PLB_REDACT_OPTIONS_INVALID: {
    summary: "The redaction options cannot be put in force.",
    why: "A rule that silently does nothing would let secrets through, so nothing is started with it.",
    mend: "Correct the options that are listed in details.issues.",
  },
  PLB_REDACT_HASH_KEY: {
    summary: "The action hash has no key, or one of fewer than 16 bytes.",
    why: "With a short key the values behind the digests could be guessed.",
    mend: "Set hashKey to at least 16 random bytes, such as the output of `openssl rand -hex 32`.",
  },
  PLB_REDACT_DETECTOR_RESULT: {
    summary:
      "A detector returned a match that lies outside of the text or does not hold the anchor that it was asked about.",
    why: "What it meant to redact cannot be told, so the event is replaced by a line that says so.",
    mend: "Return offsets into the text with start <= at < end, or undefined.",
  },
} as const;

/** The code of an error of this package. */
export type CoreErrorCode = keyof typeof CORE_ERRORS;

/** Makes the errors of this package. */
export const coreError: (code: CoreErrorCode, extra?: ErrorDetails) => PlumblineError =
  createErrorFactory<CoreErrorCode>(CORE_ERRORS);
