/** What we are asked, parsed: shapes of protocols.md checked at the door, so that the rest of a system sees valid orders only. */
import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { CHANNELS, type Channel, type PayoutKind } from './books.js';
import { isKey, isRecord, jsonObject } from './http.js';

export interface PayoutOrder {
  key: string;
  kind: PayoutKind;
  customer: string;
  /** Integer minor units as a decimal string. */
  amount: string;
  currency: string;
  campaign: string | null;
  run: string | null;
  bodySha256: string;
}

export interface ReversalOrder {
  key: string;
  reversalKey: string;
  bodySha256: string;
}

export interface MessageOrder {
  id: string;
  channel: Channel;
  to: string;
  body: string;
  template: string | null;
  advertising: boolean;
  /** RFC 3339, or null. */
  notAfter: string | null;
  meta: Record<string, unknown>;
}

const KINDS: readonly unknown[] = ['cashback', 'coupon', 'point'];

/** The order, or the reason why it is none: an error of the caller's, answered by 400. */
export function parsePayout(bytes: Buffer, headers: IncomingHttpHeaders): PayoutOrder | string {
  const body = jsonObject(bytes);
  if (!body) return 'not_json';
  const { key, kind, customer, amount } = body;
  if (!isKey(key)) return 'key';
  if (headers['idempotency-key'] !== key) return 'idempotency_key';
  if (!KINDS.includes(kind)) return 'kind';
  if (!isRecord(customer) || !isKey(customer.id) || !isOptionalText(customer.account)) return 'customer';
  if (!isRecord(amount)) return 'amount';
  const { value, currency } = amount;
  if (typeof value !== 'string' || !/^[1-9]\d{0,17}$/.test(value)) return 'amount.value';
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency)) return 'amount.currency';
  if (!isOptionalText(body.campaign) || !isOptionalText(body.run) || !isOptionalText(body.memo)) return 'text';
  return {
    key,
    kind: kind as PayoutKind,
    customer: customer.id,
    amount: value,
    currency,
    campaign: body.campaign ?? null,
    run: body.run ?? null,
    bodySha256: hash('sha256', bytes, 'hex'),
  };
}

/** As `parsePayout`. `key`: the payout's, from the path; the reversal's own key is `<key>/r<n>`. */
export function parseReversal(bytes: Buffer, headers: IncomingHttpHeaders, key: string): ReversalOrder | string {
  const body = jsonObject(bytes);
  if (!body) return 'not_json';
  if (!isKey(key)) return 'key';
  if (typeof body.reason !== 'string') return 'reason';
  const reversalKey = headers['idempotency-key'];
  if (!isKey(reversalKey) || !reversalKey.startsWith(`${key}/r`)) return 'idempotency_key';
  if (!/^[1-9]\d*$/.test(reversalKey.slice(key.length + 2))) return 'idempotency_key';
  return { key, reversalKey, bodySha256: hash('sha256', bytes, 'hex') };
}

/** As `parsePayout`; one faulty message faults the batch, and nothing of it is acted on. */
export function parseBatch(bytes: Buffer, batchSize: number): MessageOrder[] | string {
  const body = jsonObject(bytes);
  if (!body) return 'not_json';
  const { messages } = body;
  if (!Array.isArray(messages) || messages.length === 0) return 'messages';
  if (messages.length > batchSize) return 'batch_size';
  const orders: MessageOrder[] = [];
  for (const message of messages as unknown[]) {
    const order = parseMessage(message);
    if (typeof order === 'string') return order;
    orders.push(order);
  }
  return orders;
}

function parseMessage(message: unknown): MessageOrder | string {
  if (!isRecord(message)) return 'message';
  const { id, channel, to, title, body, template, advertising, notAfter, meta } = message;
  if (!isKey(id)) return 'id';
  if (!(CHANNELS as readonly unknown[]).includes(channel)) return 'channel';
  if (typeof to !== 'string') return 'to';
  if (typeof body !== 'string') return 'body';
  if (!isOptionalText(title)) return 'title';
  if (!isOptionalText(template)) return 'template';
  if (typeof advertising !== 'boolean') return 'advertising';
  if (!isOptionalText(notAfter) || (notAfter && Number.isNaN(Date.parse(notAfter)))) return 'notAfter';
  if (!isRecord(meta)) return 'meta';
  const texts = { template: template ?? null, notAfter: notAfter ?? null };
  return { id, channel: channel as Channel, to, body, advertising, meta, ...texts };
}

function isOptionalText(value: unknown): value is string | null | undefined {
  return value === undefined || value === null || typeof value === 'string';
}
