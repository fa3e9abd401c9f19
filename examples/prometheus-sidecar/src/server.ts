/** A server whose config is reloaded, as Prometheus shows itself. */
export interface Server {
  /** What it is, for the story. */
  readonly name: string;
  readonly url: string;
  /** The config in force, by its own words. */
  config(): Promise<string>;
  /** A metric without labels, by its own page. */
  metric(name: string): Promise<number>;
  stop(): Promise<void>;
}

/** Asks Prometheus' pages, or those of the stand-in, which are alike. */
export function askServer(url: string): Pick<Server, "url" | "config" | "metric"> {
  return {
    url,
    async config() {
      const answer = (await (await fetch(`${url}/api/v1/status/config`)).json()) as { data: { yaml: string } };
      return answer.data.yaml;
    },
    metric: async (name) => readMetric(await (await fetch(`${url}/metrics`)).text(), name),
  };
}

/** The value of a metric without labels in Prometheus' text; NaN when it is not there. */
export function readMetric(page: string, name: string): number {
  const line = page.split("\n").find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? Number.NaN);
}

/** Looks until it holds. Rejects after a minute. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; ;) {
    try {
      if (await holds()) return;
    } catch (error) {
      // It may not be listening yet.
      if (Date.now() > end) throw error;
    }
    if (Date.now() > end) throw new Error(`waited for a minute: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
