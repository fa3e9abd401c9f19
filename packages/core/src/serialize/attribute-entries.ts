import { DoubleValue } from "../attributes.ts";
import { Entries, entriesOf } from "./entries.ts";
import { exceptionOf, Thrown } from "./error-form.ts";
import { Bytes, Items, Mark, plainForm } from "./plain-form.ts";
import { threw } from "./read-property.ts";
import type { ValueWriter } from "./write-value.ts";

/**
 * The attributes of an event that has an error, or whose attributes are no plain map. The error's come first, so that a limit
 * takes others; where the caller has given one of the same name, the caller's is written, as the OpenTelemetry API has it.
 * What is no map at all stands under the name `value`.
 */
export function attributeEntries(attributes: unknown, error: unknown, values: ValueWriter): Entries {
  const given = givenEntries(attributes, values.left);
  if (error === undefined || error === null) return given;
  const entries = new Entries();
  const { type, message, stack } = exceptionOf(error);
  const add = (name: string, value: unknown): void => {
    if (!given.names.includes(name)) entries.add(name, value);
  };
  add("exception.type", type);
  add("exception.message", message instanceof Thrown ? new Mark(values.value(message.value, "")) : message);
  if (stack.length > 0) add("exception.stacktrace", new Mark(values.leaf.bounded(stackText(stack, values))));
  for (const [index, name] of given.names.entries()) entries.add(name, given.values[index]);
  entries.omitted = given.omitted;
  return entries;
}

/** Every part is redacted for itself: an error's text, or the JSON of something else that was thrown. */
function stackText(parts: readonly (string | Thrown)[], values: ValueWriter): string {
  let text = "";
  for (const part of parts) text += typeof part === "string" ? values.leaf.safe(part) : values.value(part.value, "");
  return text;
}

function givenEntries(attributes: unknown, most: number): Entries {
  const entries = new Entries();
  if (attributes === undefined || attributes === null) return entries;
  try {
    const form =
      typeof attributes === "object" && !Array.isArray(attributes) ? plainForm(attributes, most) : attributes;
    if (form instanceof Entries) return form;
    if (isMap(form)) return entriesOf(form, most);
    entries.add("value", form);
  } catch (error) {
    entries.add("value", threw("Object", error));
  }
  return entries;
}

function isMap(form: unknown): form is object {
  if (typeof form !== "object" || form === null || Array.isArray(form)) return false;
  return !(form instanceof Items || form instanceof Bytes || form instanceof Mark || form instanceof DoubleValue);
}
