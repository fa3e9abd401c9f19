import { createErrorFactory, type ErrorDetails, type PlumblineError } from "@plumbline/core";

/** Every error that this package raises, and every problem that it finds in a config. */
export const SDK_ERRORS = {
  PLB_ROTATE_INCOMPLETE: {
    summary: "You asked for new files, and one of them goes on as it is.",
    why: "The file could not be written or renamed, or its sink did not answer in time; the details name each with its code.",
    mend: "Look up the code beside the output's name. Lines go on in the old file meanwhile, and nothing is lost.",
  },
  PLB_ENCODER_UNUSABLE: {
    summary: "The form that a plain file's lines are to have cannot be written.",
    why: "The package that makes it is not installed beside the config, or is of a version without it.",
    mend: "Install what the message names, or leave `encoder` out for Plumbline's own lines.",
  },
  PLB_CONFIG_INVALID: {
    summary: "The config is invalid.",
    why: "Nothing is started half-way: every problem is listed at once, and nothing was opened or sent.",
    mend: "Correct what is listed; `plumbline validate` checks a config without starting anything.",
  },
  PLB_CONFIG_NOT_FOUND: {
    summary: "The config file that was named is not there.",
    why: "A file that is named, by PLUMBLINE_CONFIG or in code, is meant; running on without it would hide the mistake.",
    mend: "Correct the path, which starts from the working directory, or leave it unset.",
  },
  PLB_START_NO_DIRECTORY: {
    summary: "The working directory is gone.",
    why: "Relative paths start from it, and the config is looked for in it; the folder that the process was started in was removed.",
    mend: "Start the process in a folder that exists, or give `cwd`.",
  },
  PLB_CONFIG_UNREADABLE: {
    summary: "The config file cannot be read.",
    why: "It is a folder, this user may not read it, it is not UTF-8, or it is larger than 1 MiB.",
    mend: "Make it a readable UTF-8 text file.",
  },
  PLB_CONFIG_FORMAT: {
    summary: "The config file's extension is none that is known.",
    why: "How a file is read goes by its extension.",
    mend: "Name it .yaml, .yml, .json, or .mjs (.js, .cjs, .mts, .ts) with a default export.",
  },
  PLB_CONFIG_SYNTAX: {
    summary: "The config file is not well formed.",
    why: "YAML is read as YAML 1.2, JSON as RFC 8259 has it; what follows the first fault cannot be told.",
    mend: "Correct the place that is named; the fault is there or just before it.",
  },
  PLB_CONFIG_TAG: {
    summary: "The config file holds a YAML tag.",
    why: "A tag (`!x`, `!!str`) lets a file choose a type; here types come from the schema alone.",
    mend: "Remove the tag; put a text that begins with an exclamation mark in quotes.",
  },
  PLB_CONFIG_BOUNDS: {
    summary: "The config file holds more than any config does.",
    why: "Aliases or nesting that grow without bound cost memory and time before anything can be checked.",
    mend: "Use fewer aliases and less nesting: at most 20,000 values and 64 levels, aliases followed.",
  },
  PLB_CONFIG_DUPLICATE_KEY: {
    summary: "A key stands twice in one map of the config.",
    why: "Which of the two is meant cannot be told.",
    mend: "Remove one of them.",
  },
  PLB_CONFIG_MODULE: {
    summary: "The config module could not be imported, or its default export is no config.",
    why: "A config in JavaScript or TypeScript is the plain object that its module exports as default.",
    mend: "Export `defineConfig({ … })` as default. TypeScript needs a Node that strips types (22.18 or newer).",
  },
  PLB_CONFIG_VARIABLE: {
    summary: "A variable in the config has no value.",
    why: "A variable that is not set and has no default would silently become an empty text.",
    mend: "Set it, or write a default: `${NAME:-default}`. A literal `${` is written `$${`.",
  },
  PLB_CONFIG_UNKNOWN_KEY: {
    summary: "The config has a key that nothing reads.",
    why: "A mistyped key would be ignored without a word, and with it what it was to change.",
    mend: "Use the nearest valid name, or remove it; `plumbline.schema.json` of @plumbline/sdk has all keys, for editors too.",
  },
  PLB_CONFIG_VALUE: {
    summary: "A value in the config is not what its key takes.",
    why: "Guessing what was meant could lose or leak telemetry.",
    mend: "Give what is expected there; `plumbline.schema.json` of @plumbline/sdk says it of every key, in editors too.",
  },
  PLB_CONFIG_PLACEHOLDER: {
    summary: "A placeholder's value is not one safe part of a path.",
    why: "A service's name with a slash, a colon or dots alone would lead to another place than the config shows.",
    mend: "Use a service name of letters, digits, `.`, `_` and `-`, or write the path without the placeholder.",
  },
  PLB_CONFIG_SAME_NAME: {
    summary: "Two components have one name.",
    why: "Reports, metrics and folders of components go by their names.",
    mend: "Rename one of them.",
  },
  PLB_CONFIG_DELIVERY: {
    summary: "A sink is to be fed in a way that does not fit the rest of the config.",
    why: "`delivery: journal` needs a journal, and has no queue in memory; what is said of a backlog means nothing without it.",
    mend: "Set a journal and leave `queue` out, or use `delivery: direct` and leave `backlog` out.",
  },
  PLB_PLUGIN_NOT_FOUND: {
    summary: "The config names a plugin that cannot be found.",
    why: "A name is a built-in one, the id of a plugin under `plugins`, an npm package that can be imported from the config's folder, or a path.",
    mend: "Install the package beside the config, add the package that holds the plugin to `plugins`, or correct the name.",
  },
  PLB_PLUGIN_IMPORT_FAILED: {
    summary: "The plugin's module threw while it was imported.",
    why: "A module that fails to load gives no plugin.",
    mend: "See the message; a plugin's module should do nothing but define plugins.",
  },
  PLB_PLUGIN_NO_EXPORT: {
    summary: "The module exports no plugin.",
    why: "A plugin is an export made by definePlugin, named or default.",
    mend: "Name the module that exports it, or export it there.",
  },
  PLB_PLUGIN_AMBIGUOUS: {
    summary: "The module exports several plugins of this kind.",
    why: "Which of them is meant cannot be told.",
    mend: "Name one: its id, or the module and the export with # between (`@acme/telemetry#alerts`).",
  },
  PLB_PLUGIN_KIND_WRONG: {
    summary: "The plugin is of another kind than is needed here.",
    why: "A sink cannot stand in for a processor, nor any kind for another.",
    mend: "Name a plugin of the kind that is needed, or move it to the section of its kind.",
  },
  PLB_CONDITION_UNKNOWN: {
    summary: "The config asks for a condition that there is not.",
    why: "A mistyped condition would hold, or fail, without a word, and its component be there or not by accident.",
    mend: "Use the nearest valid name; `plumbline.schema.json` of @plumbline/sdk has those that are built in. That of a plugin is its id, with the plugin under `plugins`, or its module's name or path.",
  },
  PLB_ASSERT_FAILED: {
    summary: "An assertion of the config does not hold on this machine.",
    why: "`assert` says that a component is of no use, or harmful, where its conditions do not hold; so nothing is started.",
    mend: "See the reason; use `when` in place of `assert` to leave the component out instead.",
  },
  PLB_START_FAILED: {
    summary: "A component could not be started.",
    why: "A system with a part missing would lose what goes there; so nothing runs, and what was started is closed again.",
    mend: "See the cause; `enabled: false` leaves the component out.",
  },
  PLB_START_TIMEOUT: {
    summary: "A component did not start by the deadline.",
    why: "A component that hangs must not hold up the service for ever; what was started is closed again.",
    mend: "See what it waits for, or raise startTimeoutMs.",
  },
  PLB_RELOAD_FAILED: {
    summary: "The config could not be reloaded.",
    why: "Something threw that has no code of its own; the config before stays in force.",
    mend: "See the message; `plumbline validate` checks the config by itself.",
  },
  PLB_RELOAD_CLOSED: {
    summary: "Telemetry is closed, or being closed, and takes no other config.",
    why: "What is closed cannot be handed anything over.",
    mend: "Call `start` again.",
  },
  PLB_REPORT_PATH_TOO_LONG: {
    summary: "The path of the report socket is too long.",
    why: "The system takes at most 107 bytes for a socket's path (103 on macOS), and cuts off what is beyond without a word.",
    mend: "Set dataDir to a shorter path, or reportSocket to false.",
  },
  PLB_REPORT_SOCKET_FAILED: {
    summary: "The report socket could not be opened.",
    why: "The system refused it; the cause says why. Telemetry goes on without it.",
    mend: "Let dataDir be a local folder that this user can write, or set reportSocket to false.",
  },
  PLB_REPORT_UNAVAILABLE: {
    summary: "No report came over the socket.",
    why: "Nothing listens there, or what answered is no report.",
    mend: "See that the service runs, with reportSocket on, under the same user and on the same machine.",
  },
} as const;

/** The code of an error of this package. */
export type SdkErrorCode = keyof typeof SDK_ERRORS;

/** Makes the errors of this package. */
export const sdkError: (code: SdkErrorCode, extra?: ErrorDetails) => PlumblineError =
  createErrorFactory<SdkErrorCode>(SDK_ERRORS);
