import { definePlugin, type Plugin } from "@plumbline/core";
import { webhookOptions, type WebhookOptions } from "./options.ts";
import { createWebhookSink } from "./webhook-sink.ts";

/** Posts events to a webhook: `use: "@example/plumbline-webhook-sink"`. */
export const webhook: Plugin<"sink", WebhookOptions> = definePlugin({
  id: "@example/plumbline-webhook-sink",
  kind: "sink",
  apiVersion: 1,
  options: webhookOptions,
  create: createWebhookSink,
});

export type { WebhookOptions };
