import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defaultResource, mergeResources, parseResourceAttributes } from "../src/resource.ts";

test("the default resource names an unknown service and us", () => {
  expect(defaultResource({ sdkVersion: "1.2.3" })).toEqual({
    "service.name": "unknown_service:node",
    "telemetry.sdk.name": "plumbline",
    "telemetry.sdk.language": "nodejs",
    "telemetry.sdk.version": "1.2.3",
    "process.pid": process.pid,
  });
});

test("of attributes with one name the last wins, even when it is empty, but not when it is undefined", () => {
  const merged = mergeResources({ a: 1, b: 1, c: 1 }, undefined, { b: "", c: undefined, ["__proto__"]: 2 });
  expect(Object.entries(merged)).toEqual([
    ["a", 1],
    ["b", ""],
    ["c", 1],
    ["__proto__", 2],
  ]);
  expect(Object.getPrototypeOf(merged)).toBeNull();
});

describe("OTEL_RESOURCE_ATTRIBUTES", () => {
  test.each<[string, Record<string, string>]>([
    ["", {}],
    ["a=b", { a: "b" }],
    [" a = b , c=d ,", { a: "b", c: "d" }],
    ["a=", { a: "" }],
    ["a=b,a=c", { a: "c" }],
    ["a=b=c", { a: "b=c" }],
    ["service.name=caf%C3%A9%20%2C%3D,%61=%25", { "service.name": "café ,=", a: "%" }],
    ["__proto__=x", JSON.parse('{"__proto__":"x"}') as Record<string, string>],
  ])("%j is read", (text, attributes) => {
    expect(Object.entries(parseResourceAttributes(text) ?? {})).toEqual(Object.entries(attributes));
  });

  test.each(["a", "a=b,c", "=b", "a=%", "a=%zz", "a=%ff", "a=é", "a=b c", 'a="b"', "a=b;c", "a=b\\"])(
    "%j is ignored whole",
    (text) => {
      expect(parseResourceAttributes(`good=1,${text}`)).toBeUndefined();
    },
  );

  test("reads what is percent-encoded", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: "binary", minLength: 1 }), fc.string({ unit: "binary" })),
        (attributes) => {
          const text = Object.entries(attributes)
            .map((pair) => pair.map((part) => encodeURIComponent(part)).join("="))
            .join(",");
          expect(Object.entries(parseResourceAttributes(text) ?? {})).toEqual(Object.entries(attributes));
        },
      ),
    );
  });
});
