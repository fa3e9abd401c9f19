import type { Plugin } from "@plumbline/core";

type Schema<Options> = NonNullable<Plugin<"destination" | "pickup", Options>["options"]>;

const SETTINGS: readonly string[] = ["endpoint", "region"];

/**
 * Lets `url: "s3://bucket/prefix"` stand for `bucket` and `prefix`, as a command line has it, with `?endpoint=` and `&region=` where they are needed. The
 * prefix ends with a slash, whether the address does or not.
 */
export function withAddress<Options>(schema: Schema<Options>): Schema<Options> {
  const { validate } = schema["~standard"];
  return {
    "~standard": {
      ...schema["~standard"],
      validate(input) {
        if (typeof input !== "object" || input === null || !("url" in input)) return validate(input);
        const { url, ...rest } = input;
        const read = typeof url === "string" ? readAddress(url) : undefined;
        if (read === undefined) {
          return {
            issues: [
              { path: ["url"], message: "expected s3://bucket/prefix, with ?endpoint= and &region= where needed" },
            ],
          };
        }
        const twice = Object.keys(read).filter((name) => name in rest);
        if (twice.length === 0) return validate({ ...rest, ...read });
        return { issues: twice.map((name) => ({ path: [name], message: "is said by the address already" })) };
      },
    },
  };
}

function readAddress(text: string): Readonly<Record<string, string>> | undefined {
  const parts = /^s3:\/\/([^/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(text);
  if (parts === null) return undefined;
  const [, bucket = "", path = "", query = ""] = parts;
  const settings = [...new URLSearchParams(query)];
  if (settings.some(([name]) => !SETTINGS.includes(name))) return undefined;
  const prefix = path === "" || path.endsWith("/") ? path : `${path}/`;
  return { bucket, ...(prefix === "" ? {} : { prefix }), ...Object.fromEntries(settings) };
}
