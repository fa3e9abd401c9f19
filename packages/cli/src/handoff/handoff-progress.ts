import type { Clock } from "@plumbline/core";
import type { Console } from "../terminal/console.ts";
import { safeText } from "../terminal/safe-text.ts";
import type { HandoffEvent } from "./handoff-module.ts";

const BAR_WIDTH = 24;
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/**
 * Tells how files go: on a terminal one line that is drawn anew, with rate and time left, and one for each file that has arrived or failed; else a JSON object a
 * line for each event but progress.
 */
export class HandoffProgress {
  readonly #console: Console;
  readonly #clock: Clock;
  readonly #isJson: boolean;
  readonly #startMs: number;
  /** Bytes of what is under way: those that went, and all. */
  readonly #underWay = new Map<string, { sent: number; readonly size: number }>();
  #doneBytes = 0;
  #files = 0;

  constructor(console: Console, isJson: boolean) {
    this.#console = console;
    this.#clock = console.clock;
    this.#isJson = isJson || !console.err.isTerminal;
    this.#startMs = this.#clock.monotonicMs();
  }

  watch(): void {
    if (!this.#isJson) this.#console.progress.watch(() => this.line());
  }

  /** Takes an event, and has it written soon. A reader that has gone changes nothing of the hand-off. */
  take(event: HandoffEvent): void {
    const { kind, name, size = 0, sent = 0 } = event;
    if (kind === "begun") this.#underWay.set(name, { sent: 0, size });
    else if (kind === "progress") this.#underWay.set(name, { sent, size });
    else if (kind !== "unsettled") this.#underWay.delete(name);
    if (kind === "delivered") {
      this.#files += 1;
      this.#doneBytes += size;
    }
    if (kind === "progress" || (kind === "begun" && !this.#isJson)) return;
    const { out, err } = this.#console;
    if (this.#isJson) out.say(`${JSON.stringify(event)}\n`);
    else err.say(`\r\u001b[2K${this.#sentence(event)}\n`);
  }

  /** How far all is, for a terminal. */
  line(): string {
    const open = [...this.#underWay.values()];
    const sent = this.#doneBytes + open.reduce((sum, each) => sum + each.sent, 0);
    const all = this.#doneBytes + open.reduce((sum, each) => sum + each.size, 0);
    const seconds = Math.max(0.001, (this.#clock.monotonicMs() - this.#startMs) / 1000);
    const rate = sent / seconds;
    const part = all === 0 ? 0 : sent / all;
    const full = Math.round(part * BAR_WIDTH);
    const left = rate === 0 || all === sent ? "" : `, ${formatSeconds((all - sent) / rate)} left`;
    const bar = `[${"#".repeat(full)}${"-".repeat(BAR_WIDTH - full)}]`;
    return `handing on: ${bar} ${Math.floor(part * 100)}% ${formatBytes(sent)}, ${formatBytes(rate)}/s${left}, ${this.#files} done, ${open.length} under way`;
  }

  #sentence({ kind, name, size, code, message }: HandoffEvent): string {
    const { errColours } = this.#console;
    const shown = safeText(name);
    if (kind === "delivered") return `${errColours.green("delivered")} ${shown} (${formatBytes(size ?? 0)})`;
    if (kind === "aside") return `${errColours.red("set aside")} ${safeText(message ?? shown)}`;
    return `${errColours.yellow(kind)} ${shown}${code === undefined ? "" : ` (${code})`}`;
  }
}

/** A number of bytes for people to read: `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[power] ?? "B"}`;
}

function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
