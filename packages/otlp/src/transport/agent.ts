import { readFile } from "node:fs/promises";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent, type AgentOptions } from "node:https";
import { HttpsProxyAgent } from "https-proxy-agent";
import { getProxyForUrl } from "proxy-from-env";
import { otlpError } from "../otlp-error.ts";
import type { SignalSettings } from "../settings/options.ts";

/** How connections are made: kept open between requests, no more at once than requests are. */
export interface Connections {
  readonly agent: HttpAgent;
  /** The proxy that a request to an `http:` address is handed to whole; `undefined` for a connection of one's own or a tunnel. */
  readonly forwarder: URL | undefined;
  /** For each request: an agent that makes a tunnel takes the far end's certificates from there alone. */
  readonly tls: TlsFiles;
}

/** The contents of the files that the settings name. */
export type TlsFiles = Pick<AgentOptions, "ca" | "key" | "cert">;

/** Reads certificates and picks the way. Rejects with `PLB_OTLP_FILE_UNREADABLE`. */
export async function openConnections(
  settings: SignalSettings,
  proxy: string | false | undefined,
  maxSockets: number,
): Promise<Connections> {
  const { url } = settings;
  const base = { keepAlive: true, maxSockets, scheduling: "lifo" } as const;
  const proxyUrl = proxyFor(url, proxy);
  if (url.protocol === "http:") return { agent: new HttpAgent(base), forwarder: proxyUrl, tls: {} };
  const tls = await readTls(settings);
  const agent = proxyUrl === undefined ? new HttpsAgent(base) : new HttpsProxyAgent(proxyUrl, base);
  return { agent, forwarder: undefined, tls };
}

function proxyFor(url: URL, proxy: string | false | undefined): URL | undefined {
  if (proxy === false) return undefined;
  const address = proxy ?? getProxyForUrl(url.href);
  return address === "" || !URL.canParse(address) ? undefined : new URL(address);
}

async function readTls(settings: SignalSettings): Promise<TlsFiles> {
  const read = async (option: "certificate" | "clientKey" | "clientCertificate"): Promise<Buffer | undefined> => {
    const path = settings[option];
    if (path === undefined) return undefined;
    try {
      return await readFile(path);
    } catch (cause) {
      const message = `The file that the OTLP exporter's option \`${option}\` names cannot be read.`;
      throw otlpError("PLB_OTLP_FILE_UNREADABLE", { message, cause, details: { option, path } });
    }
  };
  const [ca, key, cert] = await Promise.all([read("certificate"), read("clientKey"), read("clientCertificate")]);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(key === undefined ? {} : { key }),
    ...(cert === undefined ? {} : { cert }),
  };
}
