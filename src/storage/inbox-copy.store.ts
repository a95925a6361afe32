/**
 * Fast copies of inboxes in Redis. A copy is believed for a minute at most, and only while the customer's gate version and the switches are those it was
 * read by; without Redis, or without the copy, Postgres is read. Nothing is here that is not there.
 */
import type { Redis } from 'ioredis';
import type { InboxEntry, InboxVersions } from './inbox.store.js';

const BELIEVED_MS = 60_000;

interface Copy extends InboxVersions {
  entries: InboxEntry[];
}

export class InboxCopies {
  constructor(
    private readonly redis: Redis,
    /** Of the installation, on a Redis that may serve several. */
    private readonly name: string,
  ) {}

  /** Null where there is none that may be believed. */
  async find(customer: string, { gateVersion, switches }: InboxVersions): Promise<InboxEntry[] | null> {
    const text = await this.redis.get(this.keyOf(customer)).catch(() => null);
    if (text === null) return null;
    const copy = JSON.parse(text) as Copy;
    return copy.gateVersion === gateVersion && copy.switches === switches ? copy.entries : null;
  }

  async keep(customer: string, versions: InboxVersions, entries: readonly InboxEntry[]): Promise<void> {
    const text = JSON.stringify({ ...versions, entries });
    await this.redis.set(this.keyOf(customer), text, 'PX', BELIEVED_MS).catch(() => undefined);
  }

  /** Have them read again. Where Redis is not there, there is no copy of it that anybody could read. */
  async forget(customers: readonly string[]): Promise<void> {
    if (customers.length === 0) return;
    await this.redis.del(customers.map((customer) => this.keyOf(customer))).catch(() => undefined);
  }

  private keyOf(customer: string): string {
    return `inbox:${this.name}:${customer}`;
  }
}
