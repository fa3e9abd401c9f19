/** What the stand-in answers with. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export function xml(root: string, content: string, status = 200): Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${content}</${root}>`;
  return { status, headers: { "content-type": "application/xml" }, body };
}

export function refuse(status: number, code: string, headers: Readonly<Record<string, string>> = {}): Answer {
  const answer = xml("Error", `<Code>${code}</Code><Message>${code}</Message>`, status);
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** As S3 encodes keys in listings that are asked for with `encoding-type=url`. */
export function encodeKey(key: string): string {
  return encodeURIComponent(key).replaceAll("%20", "+").replaceAll("%2F", "/");
}
