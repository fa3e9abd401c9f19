import { setTimeout as sleep } from "node:timers/promises";
import type { AttributesInput } from "@plumbline/core";
import type { EventOptions, Logger, Telemetry } from "@plumbline/sdk";
import type { ShopSecrets } from "./planted-secrets.ts";

/** What the shop has done, by its own count. */
export interface ShopTally {
  orders: number;
  /** Events that the shop emitted at INFO or above: all of these must be in the journal. */
  events: number;
  /** Events below the level that the config asks for: none of these may be anywhere. */
  debugEvents: number;
  /** Events that had a secret somewhere in them. */
  planted: number;
}

export interface ShopOptions {
  readonly telemetry: Telemetry;
  readonly secrets: ShopSecrets;
  readonly workers: number;
  readonly ordersPerWorker: number;
  /** Called after each order. */
  readonly onOrder: (tally: Readonly<ShopTally>) => void;
}

/** Opens the shop: so many workers sell at the same time, and each tells what it does. */
export async function runShop(options: ShopOptions): Promise<Readonly<ShopTally>> {
  const tally: ShopTally = { orders: 0, events: 0, debugEvents: 0, planted: 0 };
  const workers = Array.from({ length: options.workers }, (_, index) => new Worker(index + 1, options, tally));
  await Promise.all(workers.map((worker) => worker.work()));
  return tally;
}

/** An error as a payment provider's client throws it: with far too much in its message. */
class PaymentError extends Error {
  override readonly name = "PaymentError";
}

class Worker {
  readonly #number: number;
  readonly #options: ShopOptions;
  readonly #tally: ShopTally;
  readonly #logger: Logger;
  #step = 0;

  constructor(number: number, options: ShopOptions, tally: ShopTally) {
    this.#number = number;
    this.#options = options;
    this.#tally = tally;
    this.#logger = options.telemetry.logger("checkout.worker").child({ worker: number });
  }

  async work(): Promise<void> {
    const { telemetry, ordersPerWorker, onOrder } = this.#options;
    for (let order = 1; order <= ordersPerWorker; order++) {
      // Whatever is emitted inside, also across awaits, carries the order's id.
      await telemetry.with({ "order.id": `${this.#number}-${order}` }, () => this.#sell(order));
      this.#tally.orders += 1;
      onOrder(this.#tally);
    }
  }

  async #sell(order: number): Promise<void> {
    this.#say("order.received", { items: 1 + (order % 5), total: { amount: 19.9 * order, currency: "EUR" } });
    for (let item = 0; item < 1 + (order % 5) * 4; item++)
      this.#say("stock.reserved", { sku: `SKU-${(order * 31 + item) % 977}`, item });
    this.#debug("stock.cache", { hits: order });
    await sleep(4 + ((order * 7 + this.#number) % 9));
    this.#plant(order);
    await sleep(4 + ((order * 5 + this.#number) % 9));
    if (order % 10 === this.#number % 10) this.#refuse();
    else await this.#confirm(order);
    if (order % 100 === this.#number) this.#archive(order);
  }

  /** One of the many ways in which a secret gets into telemetry. */
  #plant(order: number): void {
    const {
      customerPassword,
      databasePassword,
      sessionToken,
      paymentKey,
      deployToken,
      cardNumber,
      signingKey,
      webhookSecret,
    } = this.#options.secrets;
    const encodedPassword = encodeURIComponent(databasePassword);
    const basic = Buffer.from(`shop:${customerPassword}`).toString("base64");
    const ways: readonly (() => void)[] = [
      // Under a name, at any depth, in maps and lists.
      () => this.#planted("key", "login.tried", { user: { email: "a@example.org", password: customerPassword } }),
      () =>
        this.#planted("deep key", "config.read", {
          env: [{ deep: { deeper: new Map([["DB_PASSWORD", databasePassword]]) } }],
        }),
      () =>
        this.#planted("own key", "webhook.sent", {
          webhook: { url: "https://example.org/hook", signature: webhookSecret },
        }),
      // In a value, whatever its name says.
      () =>
        this.#planted("value", "deploy.seen", {
          note: `rolled out with ${deployToken} by the robot`,
          card: cardNumber,
        }),
      () => this.#planted("value", "key.loaded", { pem: signingKey }),
      // In the name of a property.
      () => this.#planted("name", "cache.filled", { sizes: { [`session ${sessionToken}`]: 3, [deployToken]: 1 } }),
      // In a header, as it is and encoded.
      () =>
        this.#planted("header", "http.sent", {
          headers: [`Authorization: Bearer ${sessionToken}`, `authorization: Basic ${basic}`],
        }),
      // In an address: before the host, percent-encoded, and in the query.
      () =>
        this.#planted("url", "db.connected", {
          url: `postgres://shop:${encodedPassword}@db.example.org:5432/shop?sslmode=require`,
        }),
      () =>
        this.#planted("url", "http.sent", {
          url: `https://api.example.org/v1/pay?token=${webhookSecret}&order=7#done`,
        }),
      // In a message.
      () =>
        this.#planted("message", undefined, {}, { body: `retrying with password=${webhookSecret} after 3 attempts` }),
      () =>
        this.#planted(
          "message",
          undefined,
          {},
          { body: `card ${cardNumber.replace(/(.{4})(?=.)/g, "$1 ")} was declined for key ${paymentKey}` },
        ),
    ];
    ways[order % ways.length]?.();
  }

  /** A payment that fails, with secrets in the error, in its cause, and in what hangs on it. */
  #refuse(): void {
    const { databasePassword, paymentKey, webhookSecret } = this.#options.secrets;
    const cause = Object.assign(
      new Error(`connect to amqp://shop:${encodeURIComponent(databasePassword)}@mq.example.org failed`),
      {
        code: "ECONNREFUSED",
      },
    );
    const error = new PaymentError(`provider said no to ${paymentKey} (client_secret=${webhookSecret})`, { cause });
    this.#planted("error", "payment.failed", { attempts: 3 }, { severity: "error", error });
  }

  /** The one event of an order that must not be lost: it is waited for until it is in the file. */
  async #confirm(order: number): Promise<void> {
    const event = this.#next({ total: 19.9 * order });
    const id = await this.#logger.emitAsync("order.confirmed", event);
    if (id === undefined) throw new Error("A confirmed order has no id in the journal.");
  }

  /** An event over 1 MiB: an invoice with its pages, and a secret in the middle of one. */
  #archive(order: number): void {
    const page = `${"Lorem ipsum dolor sit amet, consetetur sadipscing elitr. ".repeat(5000)}\n`;
    const pages = [page, `${page}api_key=${this.#options.secrets.webhookSecret}\n${page}`, page, page];
    this.#planted("large", "invoice.archived", { pages, order });
  }

  #planted(planted: string, name: string | undefined, attributes: AttributesInput, options: EventOptions = {}): void {
    this.#tally.planted += 1;
    const event = this.#next({ ...attributes, planted });
    if (name === undefined) this.#logger.log.warn(options.body, event);
    else this.#logger.emit(name, event, options);
  }

  #say(name: string, attributes: AttributesInput): void {
    this.#logger.emit(name, this.#next(attributes));
  }

  #debug(name: string, attributes: AttributesInput): void {
    this.#tally.debugEvents += 1;
    this.#logger.emit(name, attributes, { severity: "debug" });
  }

  /** Numbers the worker's events, so that the oracle can see a missing, repeated or displaced one without trusting any id of ours. */
  #next(attributes: AttributesInput): AttributesInput {
    this.#tally.events += 1;
    this.#step += 1;
    return { ...attributes, step: this.#step };
  }
}
