import { inspect } from "node:util";

/** Where a secret may stand in a text. Each gives the text and how the secret is written in it. */
export interface Position {
  readonly position: string;
  /** Whether several lines can stand there. */
  readonly multiLine: boolean;
  place(text: string): string;
  /** How a piece of the secret is written there. */
  write(secret: string): string;
}

const same = (secret: string): string => secret;
const inJson = (secret: string): string => JSON.stringify(secret).slice(1, -1);

export const POSITIONS: readonly Position[] = [
  { position: "whole value", multiLine: true, place: same, write: same },
  {
    position: "in prose",
    multiLine: true,
    place: (text) => `the worker started with ${text} and then went on`,
    write: same,
  },
  {
    position: "at the end of a sentence",
    multiLine: false,
    place: (text) => `connection refused: ${text}.`,
    write: same,
  },
  {
    position: "in parentheses",
    multiLine: false,
    place: (text) => `request failed (${text}) after 3 attempts`,
    write: same,
  },
  { position: "in double quotes", multiLine: false, place: (text) => `got "${text}" from upstream`, write: same },
  {
    position: "in an address",
    multiLine: false,
    place: (text) => `GET https://example.org/search?q=${encodeURIComponent(text)}&page=2 200`,
    write: encodeURIComponent,
  },
  {
    position: "in an address in an address",
    multiLine: false,
    place: (text) =>
      `302 to https://a.example/?next=${encodeURIComponent(`https://b.example/?q=${encodeURIComponent(text)}`)}`,
    write: (secret) => encodeURIComponent(encodeURIComponent(secret)),
  },
  {
    position: "in a JSON string",
    multiLine: true,
    place: (text) => JSON.stringify({ level: 30, msg: text, pid: 7 }),
    write: inJson,
  },
  {
    position: "in JSON within JSON",
    multiLine: true,
    place: (text) => JSON.stringify({ level: 30, body: JSON.stringify({ note: text, ok: true }) }),
    write: (secret) => inJson(inJson(secret)),
  },
  {
    position: "in a stack",
    multiLine: false,
    place: (text) => `Error: ${text}\n    at run (/app/src/run.ts:10:5)\n    at main (/app/src/main.ts:3:1)`,
    write: same,
  },
  {
    position: "in a cause",
    multiLine: false,
    place: (text) => `TypeError: outer\n    at a (/app/a.js:1:1)\nCaused by: Error: ${text}\n    at b (/app/b.js:2:2)`,
    write: same,
  },
  {
    position: "first of a line in a JSON string",
    multiLine: true,
    place: (text) => JSON.stringify({ level: 30, msg: `it said:\n${text}\nand went on` }),
    write: inJson,
  },
  {
    position: "first of a line in JSON within JSON",
    multiLine: true,
    place: (text) => JSON.stringify({ level: 30, body: JSON.stringify({ note: `it said:\r\n${text}` }) }),
    write: (secret) => inJson(inJson(secret)),
  },
  {
    position: "behind a tab in bytes as Python shows them",
    multiLine: false,
    place: (text) => `read b'it said:\\t${text}\\n' from the pipe`,
    write: same,
  },
  {
    position: "first of a line in an address",
    multiLine: false,
    place: (text) => `GET https://example.org/search?q=it+said%0A${encodeURIComponent(text)} 200`,
    write: encodeURIComponent,
  },
  {
    position: "in a list as JSON",
    multiLine: true,
    place: (text) => JSON.stringify(["first", text, 3]),
    write: inJson,
  },
  {
    position: "as Node shows it",
    multiLine: false,
    place: (text) => inspect({ level: 30, note: text }, { breakLength: Number.POSITIVE_INFINITY }),
    write: (secret) => inspect(secret).slice(1, -1),
  },
  {
    position: "among several lines",
    multiLine: true,
    place: (text) => `first line\n${text}\nlast line, 42 ms`,
    write: same,
  },
  {
    position: "in a log line",
    multiLine: false,
    place: (text) => `2026-11-20T21:57:03.123Z INFO [worker-3] checkout: ${text} took 12ms`,
    write: same,
  },
  {
    position: "behind a long text",
    multiLine: false,
    place: (text) => `${"lorem ipsum dolor sit amet ".repeat(1200)}${text} end`,
    write: same,
  },
];
