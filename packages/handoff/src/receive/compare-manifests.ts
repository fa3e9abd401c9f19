import type { Destination, HandoffManifest } from "@plumbline/core";

/** How a file stands to the newest manifest of its name. */
export type Comparison =
  | { readonly kind: "whole"; readonly manifest: HandoffManifest }
  /** Taken away by who it was for, or lost. */
  | { readonly kind: "absent"; readonly manifest: HandoffManifest }
  | { readonly kind: "different"; readonly manifest: HandoffManifest; readonly size: number };

/** Compares each manifest at a destination with what stands under its name; of several for one name, the one that fits, else the newest. The destination need not have been started. */
export async function* compareManifests(destination: Destination): AsyncGenerator<Comparison> {
  const byName = new Map<string, HandoffManifest[]>();
  for await (const manifest of destination.manifests()) {
    byName.set(manifest.name, [...(byName.get(manifest.name) ?? []), manifest]);
  }
  for (const [name, manifests] of byName) {
    const newest = manifests.reduce((a, b) => (a.created < b.created ? b : a));
    const entry = await destination.inspect(name, { hash: true });
    const fitting = manifests.find(
      ({ size, sha256 }) => entry?.size === size && (entry.sha256 === undefined || entry.sha256 === sha256),
    );
    if (entry === undefined) yield { kind: "absent", manifest: newest };
    else if (fitting === undefined) yield { kind: "different", manifest: newest, size: entry.size };
    else yield { kind: "whole", manifest: fitting };
  }
}
