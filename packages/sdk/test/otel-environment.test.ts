import { DiagLogLevel } from "@opentelemetry/api";
import { expect, test } from "vitest";
import { readOtelEnvironment } from "../src/otel-environment.ts";

test.each([
  ["true", true, 0],
  ["TRUE", true, 0],
  [" True ", true, 0],
  ["false", false, 0],
  ["", false, 0],
  ["1", false, 1],
  ["yes", false, 1],
  [undefined, false, 0],
])("OTEL_SDK_DISABLED=%j", (value, disabled, warnings) => {
  const read = readOtelEnvironment({ OTEL_SDK_DISABLED: value });
  expect(read.disabled).toBe(disabled);
  expect(read.warnings).toHaveLength(warnings);
});

test.each([
  ["debug", DiagLogLevel.DEBUG, 0],
  ["DEBUG", DiagLogLevel.DEBUG, 0],
  ["none", DiagLogLevel.NONE, 0],
  ["all", DiagLogLevel.ALL, 0],
  ["", undefined, 0],
  ["loud", undefined, 1],
])("OTEL_LOG_LEVEL=%j", (value, level, warnings) => {
  const read = readOtelEnvironment({ OTEL_LOG_LEVEL: value });
  expect(read.logLevel).toBe(level);
  expect(read.warnings).toHaveLength(warnings);
});

test("OTEL_SERVICE_NAME wins over service.name of OTEL_RESOURCE_ATTRIBUTES; empty it is unset", () => {
  const attributes = "service.name=a,team=b%2Cc";
  expect(
    readOtelEnvironment({ OTEL_RESOURCE_ATTRIBUTES: attributes, OTEL_SERVICE_NAME: "s" }).resourceAttributes,
  ).toEqual({
    "service.name": "s",
    team: "b,c",
  });
  expect(
    readOtelEnvironment({ OTEL_RESOURCE_ATTRIBUTES: attributes, OTEL_SERVICE_NAME: "" }).resourceAttributes,
  ).toMatchObject({
    "service.name": "a",
  });
});

test("one bad member discards all of OTEL_RESOURCE_ATTRIBUTES, and no value is quoted", () => {
  const read = readOtelEnvironment({ OTEL_RESOURCE_ATTRIBUTES: "a=1,b=%zz-secret", OTEL_SERVICE_NAME: "s" });
  expect(read.resourceAttributes).toEqual({ "service.name": "s" });
  expect(read.warnings).toHaveLength(1);
  expect(read.warnings.join()).not.toContain("secret");
});
