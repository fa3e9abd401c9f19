/** The error catalogue of `@plumbline/stream-server`: of the server, and of its client. */
export const STREAM_SERVER_ERRORS = {
  PLB_SERVE_OPTION_INVALID: {
    summary: "An option of a stream server has a value it cannot have.",
    why: "Bounds are positive numbers, an address is HOST:PORT, an origin is scheme://host[:port].",
    mend: "Correct the option that the message names.",
  },
  PLB_SERVE_LISTEN_FAILED: {
    summary: "The address of a stream server cannot be listened on.",
    why: "Somebody else has the port, or the address is none of this machine's; the system's code says which.",
    mend: "Give another address, or end what has the port.",
  },
  PLB_SERVE_TLS_REQUIRED: {
    summary: "A stream server was asked to listen off loopback without TLS.",
    why: "Telemetry and the token would go over the network for everybody to read.",
    mend: "Give `tls` a key and a certificate, or listen on 127.0.0.1 and put a proxy with TLS before it.",
  },
  PLB_SERVE_AUTH_REQUIRED: {
    summary: "A stream server was asked to do without a token off loopback.",
    why: "Everybody who reaches the address could read the telemetry.",
    mend: "Leave `auth` out, or listen on loopback.",
  },
  PLB_SERVE_TOKEN_FILE: {
    summary: "The token file of a stream server cannot be used.",
    why: "It must be a plain file of this user that nobody else may read (0600), with a token of at least 16 characters and no blank; or the system refused it.",
    mend: "Remove the file, so that a new one is made, or set its mode to 0600; or name another with `tokenFile`.",
  },
  PLB_SERVE_UNAUTHORIZED: {
    summary: "The token or ticket is missing or wrong.",
    why: "Any local user can reach a loopback port, so each request needs the token; a ticket is good once, and for a minute.",
    mend: "Send `Authorization: Bearer` with the text of the token file, or get a new ticket.",
  },
  PLB_SERVE_HOST_REFUSED: {
    summary: "The request names a host that is not this server.",
    why: "A page whose name was made to point here would otherwise read the telemetry.",
    mend: "Use the address that the server listens on, or add the name to `allowedHosts`.",
  },
  PLB_SERVE_ORIGIN_REFUSED: {
    summary: "The request comes from a web page that may not read this server.",
    why: "Any page that a user opens can reach a local port through the browser.",
    mend: "Add the page's origin to `allowedOrigins`.",
  },
  PLB_SERVE_REQUEST_INVALID: {
    summary: "The request is not one that the server takes.",
    why: "The path, the method, the headers or the upgrade are not as HTTP and the server's own paths want them; or a stream was asked for behind another on one connection.",
    mend: "Use GET on /subscribe (WebSocket), /events, /status, /metrics or /healthz, or POST on /tickets.",
  },
  PLB_SERVE_PARAMETER_INVALID: {
    summary: "A parameter of a subscription is unknown or has a value it cannot have.",
    why: "A subscriber that is misunderstood would miss events without being told.",
    mend: "Correct the parameter that the message names.",
  },
  PLB_SERVE_FILTER_TOO_LARGE: {
    summary: "The filter of a subscription is larger than the server takes.",
    why: "Each event is held against each filter: their size is what one client can cost the others.",
    mend: "Ask for fewer names and values, or for a namespace (`ns.*`).",
  },
  PLB_SERVE_MESSAGE_INVALID: {
    summary: "A message of the client is not one that the server takes.",
    why: "The server reads `options_update` messages as JSON text, no longer than 64 KiB.",
    mend: 'Send {"kind":"options_update","options":{…}}.',
  },
  PLB_SERVE_FULL: {
    summary: "The stream server has as many subscribers, or as many unsent bytes, as it may.",
    why: "Its memory is bounded, and those who are connected keep what they have.",
    mend: "Try again later, or raise `maxConnections` or `maxBufferedBytes`.",
  },
  PLB_SERVE_STALLED: {
    summary: "The subscriber took nothing at all for the stated time.",
    why: "A slow one is waited for; one that takes no byte and answers no ping is gone, as far as can be told.",
    mend: "Connect again with the cursor that the message has: nothing is lost that the journal still has.",
  },
  PLB_SERVE_HELLO_MISSING: {
    summary: "The subscriber asked for requireHello and sent no options.",
    why: "Until they come nothing is sent, and the place is held for nobody.",
    mend: "Send an options_update right after connecting.",
  },
  PLB_SERVE_CLOSING: {
    summary: "The stream server, or the journal that it serves, is being closed.",
    why: "The service ends, or its config has changed.",
    mend: "Connect again with the cursor that the message has.",
  },
  PLB_SERVE_INTERNAL: {
    summary: "The stream server failed at something that is not the subscriber's fault.",
    why: "The journal could not be read, or the server has a defect; the operator's diagnostics have the code.",
    mend: "Connect again with the cursor that the message has.",
  },
  PLB_SERVE_CLIENT_REFUSED: {
    summary: "The stream server refused a subscription for good.",
    why: "The token, the cursor or a parameter is wrong: trying again would not help. The message has the server's own code.",
    mend: "Mend what that code says.",
  },
  PLB_SERVE_CLIENT_SEQUENCE: {
    summary: "A stream server sent an event again, or out of order.",
    why: "Ids ascend, and without a filter leave none out: a subscriber that went on would count an event twice, or miss one.",
    mend: "Report it with the two ids; begin again at the last cursor that was handled.",
  },
  PLB_SERVE_CLIENT_PROTOCOL: {
    summary: "What answers at the address does not speak as a stream server does.",
    why: "The address is that of something else, or something between changes what is sent.",
    mend: "Check the address.",
  },
  PLB_SERVE_CLIENT_GIVEN_UP: {
    summary: "A stream server could not be reached as often as it was to be tried.",
    why: "`maxAttempts` attempts in a row brought nothing; the cause is that of the last one.",
    mend: "Look whether the server runs; go on later from the same cursor.",
  },
} as const;
