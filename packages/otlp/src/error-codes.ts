/** The error catalogue of `@plumbline/otlp`. */
export const OTLP_ERRORS = {
  PLB_OTLP_OPTION_INVALID: {
    summary: "An option of the OTLP exporter is not one it can work with.",
    why: "It is checked before anything is sent, so that a mistake shows at the start and not as events that never arrive.",
    mend: "Correct the option that is named.",
  },
  PLB_OTLP_FILE_UNREADABLE: {
    summary: "A certificate or key of the OTLP exporter cannot be read.",
    why: "Without it no connection could be made as it was asked for, and one without it would not be what was meant.",
    mend: "Check the path that is named, and that this process may read it.",
  },
  PLB_OTLP_HEADERS_FAILED: {
    summary: "The function that gives the OTLP exporter's headers failed, or gave what cannot be sent.",
    why: "Without its headers the request would be refused; the batch is kept and tried again.",
    mend: "See the cause; the function must give a map of names to texts, within the request's timeout.",
  },
  PLB_OTLP_UNREACHABLE: {
    summary: "The OTLP receiver could not be reached, or the connection broke before its answer was whole.",
    why: "What became of the batch is unknown; it is kept and sent again.",
    mend: "Check the endpoint, and that the collector runs; details.code is the system's word for it.",
  },
  PLB_OTLP_TLS: {
    summary: "The TLS connection to the OTLP receiver was not trusted, or was not made.",
    why: "A certificate that is expired, of another name or of an unknown authority may be somebody else's; the batch is kept and tried again.",
    mend: "See details.code; renew the certificate, or give its authority with the option `certificate`.",
  },
  PLB_OTLP_TIMEOUT: {
    summary: "The OTLP receiver did not answer within the timeout.",
    why: "What became of the batch is unknown; it is kept and sent again.",
    mend: "Look into what holds up the collector, or raise the option `timeout` (OTEL_EXPORTER_OTLP_TIMEOUT).",
  },
  PLB_OTLP_PROXY: {
    summary: "The proxy did not let the OTLP exporter through.",
    why: "The request has not reached the receiver; the batch is kept and tried again.",
    mend: "Check the proxy of the environment (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY), which must be http or https, or the option `proxy`.",
  },
  PLB_OTLP_BUSY: {
    summary: "The OTLP receiver asked to have the batch again later (429, 502, 503 or 504).",
    why: "It is overloaded, is starting, or what is behind it is away; the batch is kept.",
    mend: "Nothing, when it passes; else give the collector more room.",
  },
  PLB_OTLP_REFUSED: {
    summary: "The OTLP receiver refused the batch for good.",
    why: "By the protocol every other status than 429, 502, 503 and 504 says that the same request would be refused again.",
    mend: "See the status: 401 and 403 ask for other headers, 404 for another endpoint, 400 and 415 for another protocol.",
  },
  PLB_OTLP_REDIRECTED: {
    summary: "The OTLP receiver answered with a redirect.",
    why: "Where telemetry and its headers go is decided by whoever runs the service, not by the far side.",
    mend: "Give the address that it redirects to as the endpoint.",
  },
  PLB_OTLP_TOO_LARGE: {
    summary: "A single event is larger than the OTLP receiver takes.",
    why: "A batch that is too large is split, one event cannot be.",
    mend: "Raise the receiver's bound (max_request_body_size), or lower `limits.maxEventSize`.",
  },
  PLB_OTLP_PARTIAL: {
    summary: "The OTLP receiver rejected a part of a batch.",
    why: "Its answer said so, with a count; which events it were it does not say.",
    mend: "See its message.",
  },
  PLB_OTLP_ANSWER_INVALID: {
    summary: "The OTLP receiver took a batch, and its answer could not be read.",
    why: "The status says that it was taken; whether in part, the body would have said.",
    mend: "Check that the endpoint is an OTLP receiver, and not another web server or a login page.",
  },
  PLB_OTLP_LINE_INVALID: {
    summary: "A line could not be read as the event, span or data point that it says it is.",
    why: "It is left out of its request, and counted as rejected, so that the others arrive.",
    mend: "Run `plumbline verify` on the file that it came from.",
  },
  PLB_OTLP_CLOSED: {
    summary: "The OTLP exporter was closed while a batch was on its way.",
    why: "After close nothing is sent; what became of the batch is unknown.",
    mend: "Flush before closing, or give close more time.",
  },
  PLB_OTLP_INPUT_INVALID: {
    summary: "The file is neither Plumbline's lines nor OTLP/JSON.",
    why: "A line was found that is no JSON object of either.",
    mend: "Name a file of one JSON object a line, or one OTLP/JSON request.",
  },
} as const;
