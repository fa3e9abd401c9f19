import { isMap } from "node:util/types";
import type { AttributesInput } from "@plumbline/core";

/**
 * Lays attributes over one another, the last the strongest; of a Map, its entries. Never throws: where reading an entry does, its
 * getter itself is taken over, for the walk to deal with, and what cannot be listed at all gives nothing.
 */
export function mergeAttributes(
  weak: AttributesInput | undefined,
  middle: AttributesInput | undefined,
  strong: AttributesInput | undefined,
): AttributesInput {
  try {
    return { ...own(weak), ...own(middle), ...own(strong) };
  } catch {
    return mergeDescriptors([weak, middle, strong]);
  }
}

function own(layer: AttributesInput | undefined): AttributesInput | undefined {
  return isMap(layer) ? (Object.fromEntries(layer) as AttributesInput) : layer;
}

function mergeDescriptors(layers: readonly (AttributesInput | undefined)[]): AttributesInput {
  const merged: AttributesInput = {};
  for (const layer of layers) {
    if (layer === undefined || layer === null) continue;
    try {
      for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(own(layer)))) {
        if (descriptor.enumerable === true) Object.defineProperty(merged, key, { ...descriptor, configurable: true });
      }
    } catch {
      continue; // a Proxy that refuses to list its keys gives none
    }
  }
  return merged;
}
