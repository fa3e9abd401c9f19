import { join } from "node:path";
import { inspect, journalFiles, linesOf } from "./oracle.ts";
import type { PlantedSecret } from "./planted-secrets.ts";
import { SUBSCRIBER_FILE, type SubscriberStory } from "./subscriber-story.ts";
import type { Figure, Verdict } from "./verdict.ts";

/** What the subscriber has, held against the journal, line by line: everything behind the place at which it began, once and in order. */
export function examineSubscriber(
  folder: string,
  secrets: readonly PlantedSecret[],
  { begin }: SubscriberStory,
): Verdict {
  const journal = linesOf(journalFiles(folder, "checkout"));
  const path = join(folder, SUBSCRIBER_FILE);
  const had = linesOf([path]);
  const before = journal.findIndex(({ id }) => id === begin) + 1;
  const wanted = journal.slice(before);
  const places = new Map(wanted.map(({ id }, place) => [id, place]));
  const missing = wanted.length - new Set(had.flatMap(({ id }) => places.get(id) ?? [])).size;
  const displaced = had.filter(({ id }, place) => id !== wanted[place]?.id).length;
  const changed = had.filter(({ id, text }) => wanted[places.get(id) ?? -1]?.text !== text).length;
  const { torn, secretsFound } = inspect({ paths: [path], secrets, expects: "with gaps" });
  return {
    name: "subscriber",
    figures: [
      { column: "accepted", text: count(wanted.length), isRight: before > 0 },
      { column: "durable", text: count(had.length), isRight: had.length === wanted.length },
      { column: "filtered", text: "0", isRight: true },
      none("dropped by reason", missing),
      none("torn", torn + changed),
      none("out of sequence", displaced),
      none("secrets found", secretsFound),
    ],
  };
}

function none(column: string, found: number): Figure {
  return { column, text: count(found), isRight: found === 0 };
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
