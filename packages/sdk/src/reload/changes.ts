import type { Assembly } from "../assembly.ts";
import { claimsOf } from "../component.ts";
import { isDeepStrictEqual } from "node:util";
import type { SystemPlan } from "../system-plan.ts";
import { mustReopen } from "./journal-change.ts";
import { type Part, partsOf } from "./parts.ts";

/** What has to be done to get from one assembly to the next. */
export interface Changes {
  /** New parts that nothing stands in the way of. */
  readonly free: readonly Part[];
  /** New parts that need what an old one holds: started when it is released. */
  readonly contested: readonly Part[];
  /** New parts that read the journal, where it moves elsewhere: started when the old ones have finished the old journal. */
  readonly following: readonly Part[];
  /** Old parts that give up what they hold before the new ones are started. */
  readonly released: readonly Part[];
  /** Old parts that read the journal that is left behind. */
  readonly finishing: readonly Part[];
  /** Other old parts, closed when the new ones are in force. */
  readonly retired: readonly Part[];
  readonly journal: JournalMove;
}

/**
 * What becomes of the journal: it stays; its file is given up and opened anew; another begins beside it and takes over; or there was, or will be,
 * none.
 */
export type JournalMove = "stays" | "reopens" | "moves" | "begins" | "ends" | "none";

/** Compares two assemblies; `isHeld` where the journal's file could not be opened again after an earlier reload, and its lines wait. */
export function changesBetween(before: Assembly, after: Assembly, isHeld: boolean): Changes {
  const olds = partsOf(before);
  const news = partsOf(after);
  const isIn = (parts: readonly Part[], { component }: Part): boolean =>
    parts.some((each) => each.component.instance === component.instance);
  const fresh = news.filter((part) => !isIn(olds, part));
  const gone = olds.filter((part) => !isIn(news, part));
  const isRead = gone.some(({ component }) => component.uses.journal);
  const journal = journalMove(before, after, isHeld, isRead);
  const readers = journal === "stays" ? [] : gone.filter(({ component }) => component.uses.journal);
  const isFollower = (part: Part): boolean =>
    readers.some(
      ({ component }) => component.path === part.component.path && component.plugin === part.component.plugin,
    );
  const following = journal === "moves" ? fresh.filter(isFollower) : [];
  const finishing = journal === "moves" || journal === "ends" ? readers : [];
  const rest = fresh.filter((part) => !following.includes(part));
  const isRival = (old: Part, next: Part): boolean =>
    needs(next, old) || (journal === "reopens" && readers.includes(old) && isFollower(next));
  const leaving = gone.filter((part) => !finishing.includes(part));
  const contested = rest.filter((next) => leaving.some((old) => isRival(old, next)));
  const released = leaving.filter((old) => contested.some((next) => isRival(old, next)));
  return {
    free: rest.filter((part) => !contested.includes(part)),
    contested,
    following,
    released,
    finishing,
    retired: leaving.filter((part) => !released.includes(part)),
    journal,
  };
}

function journalMove(before: Assembly, after: Assembly, isHeld: boolean, isRead: boolean): JournalMove {
  if (before.journal === after.journal) return before.journal === undefined ? "none" : "stays";
  if (before.journal === undefined) return "begins";
  if (after.journal === undefined) return "ends";
  const [old, next] = [before.plan.journal, after.plan.journal];
  return isHeld || (old !== undefined && next !== undefined && mustReopen(old, next, isRead)) ? "reopens" : "moves";
}

/** Whether a new part needs what an old one holds. Its own folder it will ask for when it starts. */
function needs(next: Part, old: Part): boolean {
  const held = claimsOf(old.component);
  const isSuccessor =
    next.component.path === old.component.path && old.component.uses.dataDir !== undefined && next.kind === old.kind;
  return isSuccessor || [...claimsOf(next.component)].some((claim) => held.has(claim));
}

/** The places of a config in which two plans differ; empty where a reload would change nothing. */
export function differingPlaces(before: SystemPlan, after: SystemPlan): readonly string[] {
  const sections = ["redact", "limits", "minSeverity", "levels", "reportSocket", "watch"] as const;
  const places: string[] = sections.filter((key) => !isDeepStrictEqual(before.config[key], after.config[key]));
  if (!isDeepStrictEqual(before.resource, after.resource)) places.push("service");
  if (!isDeepStrictEqual(before.journal, after.journal)) places.push("journal");
  if (before.dataDir !== after.dataDir) places.push("dataDir");
  const states = (plan: SystemPlan): Map<string, unknown> =>
    new Map(
      plan.components.map((component) => [
        component.path,
        component.isWired
          ? [
              component.name,
              component.plugin,
              component.given,
              component.baseDir,
              component.failedAssert,
              hostOptions(plan, component.path),
            ]
          : "left out",
      ]),
    );
  const [olds, news] = [states(before), states(after)];
  for (const path of new Set([...olds.keys(), ...news.keys()])) {
    const [old = "left out", next = "left out"] = [olds.get(path), news.get(path)];
    if (!isDeepStrictEqual(old, next)) places.push(path);
  }
  return places;
}

/** How a sink is fed, which is no option of its plugin. */
function hostOptions({ config }: SystemPlan, path: string): unknown {
  const name = /^sinks\.(.+)$/.exec(path)?.[1];
  if (name === undefined) return undefined;
  const { options: _, ...rest } = config.sinks[name] ?? {};
  return rest;
}
