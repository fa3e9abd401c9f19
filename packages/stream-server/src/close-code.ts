/** Close codes of a WebSocket by the error that ended it. 4400: do not come back as you are; the others: come back with the cursor. */
export function closeCodeOf(code: string): number {
  switch (code) {
    case "PLB_SERVE_CLOSING":
      return 1001;
    case "PLB_SERVE_STALLED":
    case "PLB_SERVE_HELLO_MISSING":
      return 4408;
    default:
      return isForGood(code) ? 4400 : 4500;
  }
}

/** Whether to try again would bring the same. */
export function isForGood(code: string): boolean {
  return (
    code.startsWith("PLB_STREAM_CURSOR_") ||
    ["PLB_STREAM_OPTION_INVALID", "PLB_STREAM_CLASS_UNKNOWN", "PLB_SERVE_PARAMETER_INVALID"].includes(code) ||
    ["PLB_SERVE_FILTER_TOO_LARGE", "PLB_SERVE_MESSAGE_INVALID"].includes(code)
  );
}
