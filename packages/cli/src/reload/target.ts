import { createErrorFactory, errorCode, PlumblineError } from "@plumbline/core";
import { rejectedByTarget, type ApplyContext } from "@plumbline/watch";
import { CLI_ERRORS } from "../error-codes.ts";
import type { Masking } from "./masking.ts";
import type { OutputPublisher, Snapshot } from "./publish.ts";
import type { Rendered } from "./render.ts";
import type { Teller } from "./tell.ts";

const cliError = createErrorFactory(CLI_ERRORS);

/** Statuses by which a server says that it, or what is before it, is in trouble: never the config's fault. Source: RFC 9110, RFC 6585. */
const TRANSIENT_STATUSES: ReadonlySet<unknown> = new Set([408, 425, 429, 502, 503, 504]);

/** What a {@link Target} stands on. */
export interface TargetPorts {
  readonly publisher: OutputPublisher;
  readonly teller: Teller;
  readonly masking: Masking;
  readonly maxRefusals: number;
  /** The outputs went back to the last good ones; `control`: whether the target, told of those, took them. */
  readonly onRollback: (control: "taken" | "failed" | "none") => void;
}

interface Refusals {
  readonly generation: number;
  /** How often the target has refused that one, but for trouble of its own. */
  readonly times: number;
  /** Whether it took the last good outputs after the last of them. */
  readonly wasControlled: boolean;
}

/**
 * Writes the outputs and tells the target. Content that the target refuses leaves the outputs again at once. After some refusals the target is told of the last good
 * ones too: when it takes those, and refuses the content once more, the content is at fault, and is given up; when it does not, the fault is its own, and
 * the content is tried on.
 */
export class Target {
  readonly #ports: TargetPorts;
  /** What stood there when this process began; until something is in force it is all there is to go back to. */
  #found: Snapshot | undefined;
  #refused: Refusals = { generation: -1, times: 0, wasControlled: false };
  #rollbacks = 0;

  constructor(ports: TargetPorts) {
    this.#ports = ports;
  }

  /** How often the outputs went back. */
  get rollbacks(): number {
    return this.#rollbacks;
  }

  /** For `apply` of a reloader. Rejects with what writing and telling do, and `PLB_WATCH_REJECTED`. */
  async apply(rendered: Rendered, context: ApplyContext<Rendered>): Promise<void> {
    const { publisher, teller } = this.#ports;
    const { signal, generation } = context;
    this.#found ??= await publisher.snapshot(rendered);
    const before: Snapshot = context.inForce ?? this.#found;
    signal.throwIfAborted();
    await publisher.publish(rendered);
    try {
      await teller.trigger.fire(signal);
    } catch (error) {
      // No answer is no refusal; and what comes next, or the next start, tells the target anew.
      if (signal.aborted || !isRefusal(error)) throw error;
      await this.#refuse(error, before, generation, signal);
    }
  }

  async #refuse(error: PlumblineError, before: Snapshot, generation: number, signal: AbortSignal): Promise<never> {
    const { publisher, masking, teller, maxRefusals, onRollback } = this.#ports;
    const reason = masking.line(teller.said());
    const why = reason === "" ? error.message : `${error.message} It said: ${reason}`;
    const canGoBack = before.file !== undefined || before.directories.length > 0;
    if (canGoBack) {
      await publisher.publish(before);
      this.#rollbacks++;
    }
    const isTransient = TRANSIENT_STATUSES.has(error.details["status"]);
    const last = this.#refused.generation === generation ? this.#refused : { times: 0, wasControlled: false };
    const times = last.times + (isTransient ? 0 : 1);
    const isCertain = error.code === "PLB_WATCH_REJECTED";
    const isControlled = canGoBack && !isTransient && (isCertain || times >= maxRefusals - 1);
    const control = isControlled ? await this.#control(signal) : "none";
    this.#refused = { generation, times, wasControlled: control === "taken" };
    if (canGoBack) onRollback(control);
    // Trouble may have ended between the refusal and the control: it takes one more refusal, after a control, to blame the content.
    const isBlamed = control === "taken" && times >= maxRefusals && (last.wasControlled || maxRefusals === 1);
    if (isCertain || isBlamed) throw rejectedByTarget(why, { cause: error });
    throw cliError("PLB_CLI_RELOAD_REFUSED", { message: why, cause: error, details: error.details });
  }

  /** Tells the target of the last good outputs: whether it takes them, and so that it does not go on saying that its last reload failed. */
  async #control(signal: AbortSignal): Promise<"taken" | "failed"> {
    try {
      await this.#ports.teller.trigger.fire(signal);
      return "taken";
    } catch (error) {
      signal.throwIfAborted();
      if (!PlumblineError.isInstance(error)) throw error;
      return "failed";
    }
  }
}

function isRefusal(error: unknown): error is PlumblineError {
  if (!PlumblineError.isInstance(error)) return false;
  return errorCode(error) === "PLB_WATCH_REJECTED" || error.details["isAnswered"] === true;
}
