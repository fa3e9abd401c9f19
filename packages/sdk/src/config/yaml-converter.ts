import { type Alias, isAlias, isMap, isNode, isScalar, type Node } from "yaml";
import {
  FILE_BOUNDS,
  type LocatedEntry,
  type LocatedValue,
  type ScalarValue,
  type TextFault,
} from "./located-value.ts";

/** Turns the nodes of one YAML document into located values, following aliases as far as a config may go. */
export class YamlConverter {
  readonly faults: TextFault[] = [];
  readonly #text: string;
  readonly #targets: ReadonlyMap<Node, Node>;
  /** The collections that are being walked: an alias to one of them is a circle. */
  readonly #open = new Set<Node>();
  #values = 0;

  constructor(text: string, targets: ReadonlyMap<Node, Node>) {
    this.#text = text;
    this.#targets = targets;
  }

  /** `near` is the offset that a value without a place of its own gets. */
  convert(node: unknown, depth: number, near: number): LocatedValue {
    if (!isNode(node)) return nothing(near);
    const offset = node.range?.[0] ?? near;
    this.#values += 1;
    if (this.#values > FILE_BOUNDS.maxValues || depth > FILE_BOUNDS.maxDepth) {
      return this.#refuse("bounds", "with its aliases followed the file holds more than any config does", offset);
    }
    if (isAlias(node)) return this.#follow(node, depth, offset);
    if (node.tag !== undefined) {
      return this.#refuse(
        "tag",
        "a tag stands here; types come from the schema, never from the file",
        this.#tagBefore(offset),
      );
    }
    if (isScalar(node)) {
      return { kind: "scalar", value: scalarValue(node.value), offset, end: node.range?.[1] ?? offset };
    }
    this.#open.add(node);
    const value: LocatedValue = isMap(node)
      ? { kind: "map", entries: this.#entries(node.items, depth, offset), offset }
      : { kind: "list", items: node.items.map((item) => this.convert(item, depth + 1, offset)), offset };
    this.#open.delete(node);
    return value;
  }

  #entries(
    pairs: readonly { readonly key: unknown; readonly value: unknown }[],
    depth: number,
    near: number,
  ): LocatedEntry[] {
    return pairs.map((pair) => {
      const key = this.convert(pair.key, depth + 1, near);
      if (key.kind !== "scalar") this.#refuse("syntax", "a key is one word or text", key.offset);
      const name = key.kind === "scalar" ? keyText(pair.key, key.value) : "";
      return { key: name, offset: key.offset, value: this.convert(pair.value, depth + 1, key.offset) };
    });
  }

  #follow(alias: Alias, depth: number, offset: number): LocatedValue {
    const target = this.#targets.get(alias);
    if (target === undefined)
      return this.#refuse("syntax", "this alias names an anchor that does not stand before it", offset);
    if (this.#open.has(target)) return this.#refuse("bounds", "this alias stands inside what it stands for", offset);
    return this.convert(target, depth, offset);
  }

  #tagBefore(offset: number): number {
    const last = Math.max(0, this.#text.lastIndexOf("!", offset - 1));
    return this.#text[last - 1] === "!" ? last - 1 : last;
  }

  #refuse(kind: TextFault["kind"], message: string, offset: number): LocatedValue {
    // A bomb is refused at its first value over the bound: one report, not one for each.
    if (kind !== "bounds" || !this.faults.some((fault) => fault.kind === "bounds")) {
      this.faults.push({ kind, message, offset });
    }
    return nothing(offset);
  }
}

function nothing(offset: number): LocatedValue {
  return { kind: "scalar", value: null, offset, end: offset };
}

/** A number or `null` as a key keeps the text it was written with: `1.10:` is the key `1.10`. */
function keyText(node: unknown, value: ScalarValue): string {
  if (typeof value === "string") return value;
  return isScalar(node) && node.source !== undefined && node.source !== "" ? node.source : String(value);
}

function scalarValue(value: unknown): ScalarValue {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}
