/**
 * The text that `plumbline init` writes: what a service needs, and every other section with its defaults, commented out (`#key:`, where an
 * explanation is `# text`). A test checks it whole with everything switched on, so that no key stands here that nothing reads.
 */
export function configTemplate(serviceName: string): string {
  return `# Plumbline. Check this file with \`npx plumbline validate\`; see what it would wire with \`npx plumbline doctor\`.
# What is commented out shows the default, or an example. Any value can hold \${VARIABLE} or \${VARIABLE:-default}.

service:
  name: ${serviceName}
  #version: "\${SERVICE_VERSION:-dev}"
  #attributes: { deployment.environment.name: production }

# Events below it are not emitted: trace, debug, info, warn, error, fatal, or off. A scope may have a level of its own.
minSeverity: info
#levels:
  #acme.db: debug

# The file that every event is written to. \`journal: false\` writes none.
journal:
  path: "./telemetry/{service}.jsonl"
  # What emitAsync and flush wait for: buffered (in memory), written (survives a crash), fsynced (survives a power cut).
  durability: written
  # When the file is sealed and a new one begun, and how many sealed ones stay. Without a bound all stay.
  rotate: { maxBytes: 64MiB, maxAge: 1h, keep: 48, compress: gzip }
  # What waits in memory for the disk, and what happens when that is full: block, drop-newest or drop-oldest.
  #queue: { maxBytes: 64MiB, policy: block }

# Secrets are taken out before anything is written or sent. Add names of your own, or exempt what is none.
#redact:
  #keys: [sessionRef]
  #allow: [user.id]
  #allowKeys: [tokenCount]
  #detectors: { email: true }
  #actions: { default: redact }

# Where lines go beside the journal, each under a name of your own.
#sinks:
  # One JSON line an event to standard output, for containers.
  #out: { use: stdout, minSeverity: info }
  # Another file; names filters by event name, ns.* takes all below a namespace.
  #alerts: { use: file, path: ./telemetry/alerts.jsonl, minSeverity: error, names: ["payment.*"] }
  # A sink from a package or a file is named by it: { use: "@acme/plumbline-slack", channel: ops }

# What sees every event before it is written, in this order.
#processors:
  #- { use: sampling, ratio: 0.5 }
  #- { use: rate-limit, perSecond: 1000 }

# Parts that run beside the events, from packages of their own: { use: "@acme/plumbline-status", listen: "127.0.0.1:4700" }
#services: {}

# Packages or files that bring plugins for \`use\`.
#plugins: []

# Where events come from beside the service's own calls.
#sources: {}

# Bounds on one event. What goes over is cut visibly, and counted.
#limits: { maxDepth: 16, maxAttributes: 1024, maxStringLength: 1MiB, maxEventSize: 4MiB }

# Where components keep what they must not lose; by default the journal's folder.
#dataDir: ./telemetry

# This file is watched, and a valid edit is put in force while the service runs.
#watch: { self: true }

# Lets \`npx plumbline doctor\` ask this service for its accounting.
#reportSocket: true
`;
}
