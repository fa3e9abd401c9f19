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

/** Reads certificates and picks the way. Rejects with `PLB_OTLP_FILE_UNREADABLE`, or with `PLB_OTLP_PROXY` for a proxy of another scheme. */
export async function openConnections(
  settings: SignalSettings,
  proxy: string | false | undefined,
  maxSockets: number,
): Promise<Connections> {
  const { url } = settings;
  const base = { keepAlive: true, maxSockets, scheduling: "lifo" } as const;
  const proxyUrl = proxyFor(url, proxy);
  if (url.protocol === "http:") {
    const agent = proxyUrl?.protocol === "https:" ? new HttpsAgent(base) : new HttpAgent(base);
    return { agent, forwarder: proxyUrl, tls: {} };
  }
  const tls = await readTls(settings);
  // Those who ask for requests bound them: what waits within the agent behind a tunnel that fails would be forgotten there.
  const agent =
    proxyUrl === undefined
      ? new HttpsAgent(base)
      : createTunnels(proxyUrl, { ...base, maxSockets: Number.POSITIVE_INFINITY });
  return { agent, forwarder: undefined, tls };
}

/** Makes tunnels whose connection to the proxy ends with the request that asked for them: until the proxy answers, the request has none. */
function createTunnels(proxy: URL, options: AgentOptions): HttpAgent {
  const agent = new HttpsProxyAgent(proxy, options);
  const { keepAlive } = agent;
  agent.connect = (request, given) => {
    const { tunnelSignal: signal } = given as TunnelOptions;
    return new HttpsProxyAgent(proxy, { keepAlive, ...(signal && { signal }) }).connect(request, given);
  };
  return agent;
}

/** What is asked of the agent with a request; its own `signal` Node keeps from agents. */
export interface TunnelOptions {
  readonly tunnelSignal?: AbortSignal;
}

function proxyFor(url: URL, proxy: string | false | undefined): URL | undefined {
  if (proxy === false) return undefined;
  const address = proxy ?? getProxyForUrl(url.href);
  if (address === "" || !URL.canParse(address)) return undefined;
  const found = new URL(address);
  if (found.protocol === "http:" || found.protocol === "https:") return found;
  // To go past it is not what was meant.
  const scheme = found.protocol.slice(0, -1);
  const message = `The environment names a proxy of the scheme ${scheme}, which the OTLP exporter does not speak.`;
  throw otlpError("PLB_OTLP_PROXY", { message, details: { scheme } });
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
