import { LineSplitter } from "@plumbline/jsonl";
import { expect, test } from "vitest";
import { parseInputLine } from "../../src/input/parse-line.ts";
import type { PipedEvent } from "../../src/input/piped-event.ts";

function parse(value: object): PipedEvent {
  const [line] = new LineSplitter().push(Buffer.from(`${JSON.stringify(value)}\n`));
  if (line === undefined) throw new Error("the splitter found no line");
  return parseInputLine(line);
}

const line = {
  time: "2026-11-20T21:57:03.123456Z",
  severity: "WARN",
  name: "request",
  attributes: { path: "/" },
  scope: {
    name: "http",
    version: "1.2.0",
    schema_url: "https://example.com/scope/1",
    attributes: { pool: { $int: "9007199254740993" }, raw: { $bytes: "AP8=" } },
    dropped_attributes: 2,
  },
  schema_url: "https://example.com/resource/1",
  resource: { "service.name": "shop" },
};

test("a line of our own keeps its schema URLs, and all that its scope has", () => {
  const { event, resource } = parse(line);
  expect(resource).toEqual({ "service.name": "shop" });
  expect(event).toMatchObject({ name: "request", severity: 13, scope: { name: "http", version: "1.2.0" } });
  expect(event.attributes).toEqual({
    path: "/",
    "otel.resource.schema_url": "https://example.com/resource/1",
    "otel.scope.schema_url": "https://example.com/scope/1",
    "otel.scope.attributes": { pool: 9007199254740993n, raw: Uint8Array.of(0, 0xff) },
    "otel.scope.dropped_attributes": 2,
  });
});

test("a line whose scope has attributes that are none is another logger's, and keeps them as they are", () => {
  const scope = { name: "http", attributes: 7 };
  expect(parse({ ...line, scope }).event.attributes).toMatchObject({ scope });
});

test("so does a record of OTLP/JSON", () => {
  const value = (stringValue: string): object => ({ stringValue });
  const { event } = parse({
    resourceLogs: [
      {
        resource: { attributes: [{ key: "service.name", value: value("shop") }], droppedAttributesCount: 1 },
        schemaUrl: line.schema_url,
        scopeLogs: [
          {
            scope: { name: "http", attributes: [{ key: "pool", value: value("main") }], droppedAttributesCount: 2 },
            schemaUrl: line.scope.schema_url,
            logRecords: [{ body: value("hello") }],
          },
        ],
      },
    ],
  });
  expect(event.attributes).toEqual({
    "otel.resource.schema_url": "https://example.com/resource/1",
    "otel.resource.dropped_attributes": 1,
    "otel.scope.schema_url": "https://example.com/scope/1",
    "otel.scope.attributes": { pool: "main" },
    "otel.scope.dropped_attributes": 2,
  });
});
