/**
 * The alerts that ship: each is caused in a real database and fires by the metrics of that moment; when all is well, none does. Nothing is alerted
 * without a line in the runbook, and the dashboard asks for nothing that is not there.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AttentionGauges } from '../../src/api/attention/attention-gauges.js';
import { DesertedBuilds } from '../../src/api/attention/deserted-builds.js';
import type { ProvidersClosed } from '../../src/api/attention/providers-closed.js';
import { Metrics } from '../../src/api/http/metrics.js';
import type { Builds, Clock } from '../../src/api/ports.js';
import { AttentionItemsStore } from '../../src/storage/attention-items.store.js';
import { CohortStore } from '../../src/storage/cohort.store.js';
import { DeliveryResults } from '../../src/storage/delivery-results.store.js';
import { DeliveryClaims } from '../../src/storage/delivery.store.js';
import { movePayouts } from '../../src/storage/payout-moves.js';
import { createPool, inTransaction } from '../../src/storage/pool.js';
import { alertRules, firing } from '../support/alert-rules.js';
import { AttentionDesk } from '../support/attention.js';
import { onlyCall } from '../support/only-call.js';
import { seedPayouts } from '../support/payouts.js';
import { GATEWAY, laneOver, seedCustomers, seedRun, sendOnce, SHARD, T0 } from '../support/seed.js';
import { ROOT } from '../support/sources.js';

const JOURNEY = sendOnce('spring');
const TERMS = {
  batchSize: 9,
  timeoutMs: 5_000,
  idempotent: true,
  idempotencyMs: 3_600_000,
  lookup: true,
  visibilityMs: 0,
};
const AT = { gateway: GATEWAY, shard: SHARD, step: 0, now: T0 };

describe('the alerts', () => {
  let desk: AttentionDesk;
  let store: AttentionItemsStore;
  let builds: Awaited<ReturnType<Builds['deserted']>> = [];
  beforeAll(async () => {
    desk = await AttentionDesk.open();
  });
  beforeEach(async () => {
    await desk.begin();
    store = desk.store;
    builds = [];
  });
  afterAll(() => desk.close());

  /** As Prometheus scrapes it so long after T0, from an API that has just started. */
  async function scrape(seconds: number): Promise<string> {
    const metrics = new Metrics();
    const now = T0 + seconds * 1_000;
    const clock = { now: () => now, temporalNow: () => now } as Clock;
    const closed = { at: () => [] } as unknown as ProvidersClosed;
    const deserted = new DesertedBuilds({ deserted: async () => builds } as unknown as Builds, clock);
    const gauges = new AttentionGauges(metrics, store, closed, deserted, clock);
    expect(gauges).toBeDefined(); // it has joined the registry
    return await metrics.registry.metrics();
  }
  const fires = async (seconds: number) => firing(await scrape(seconds));

  async function people(): Promise<void> {
    await seedCustomers(desk.owner, ['minji', 'juno']);
    await seedRun(desk.owner, 'run', JOURNEY, ['minji', 'juno']);
  }
  /** Both are decided, and their messages queued; nothing else is open. */
  async function queued(): Promise<void> {
    await people();
    await laneOver(desk.pool, { run: JOURNEY })({ runId: 'run' });
    await desk.owner.query(`update runs set state = 'closed', closed_at = $1`, [new Date(T0)]);
  }
  type Outcome = { kind: 'refused'; status: number } | { kind: 'unknown' };
  const claim = () => new DeliveryClaims(desk.pool, 'test', async () => JOURNEY).claim(AT, TERMS);
  async function answered(outcome: Outcome): Promise<void> {
    await queued();
    const { attemptId } = onlyCall(await claim());
    await new DeliveryResults(desk.pool).record(AT, [{ attemptId, outcome }], TERMS);
  }
  /** All together, and then each by itself. */
  async function refused(): Promise<void> {
    const outcome: Outcome = { kind: 'refused', status: 418 };
    await answered(outcome);
    const again = await claim();
    if (again.kind !== 'claimed') throw new Error(`claim: ${again.kind}`);
    await new DeliveryResults(desk.pool).record(
      AT,
      again.calls.map(({ attemptId }) => ({ attemptId, outcome })),
      TERMS,
    );
  }
  async function payout(to: 'ambiguous' | 'held'): Promise<void> {
    const { keys } = await seedPayouts(desk.owner, desk.pool, 'run', 1, 'pay');
    const [key = ''] = keys;
    await inTransaction(desk.pool, async (client) => {
      await movePayouts(client, [{ key, to: 'submitting' }], { now: T0, cause: 'claim' });
      await movePayouts(client, [{ key, to, reason: 'no_reply', lookupInMs: 0 }], { now: T0, cause: 'reply' });
      await client.query('update payouts set last_attempt_at = clock_timestamp()');
    });
  }

  /** How each is caused, and from how many seconds after T0 on it fires at the latest; `quiet`, when it does not yet. */
  const CAUSES: Record<string, { cause: () => Promise<unknown>; fires: number; quiet?: number }> = {
    PadoLedgerUnbalanced: {
      cause: () =>
        desk.owner.query(`insert into accounts (key, kind, currency, balance) values ('budget:b', 'budget', 'KRW', 1)`),
      fires: 0,
    },
    PadoNoProgress: { cause: people, fires: 121, quiet: 119 },
    PadoOverdue: { cause: people, fires: 121, quiet: 119 },
    PadoQueueStopped: { cause: refused, fires: 0 },
    PadoLedgerUnsealed: { cause: () => seedPayouts(desk.owner, desk.pool, 'run', 1), fires: 180, quiet: 100 },
    PadoProviderSilent: {
      cause: () =>
        desk.owner.query(
          `insert into provider_breakers (provider, failures, opened_at, open_until) values ('pay', 9, now(), now())`,
        ),
      fires: 0,
    },
    // by a real Temporal: tests/faults/deployment.extended.test.ts
    PadoBuildDeserted: {
      async cause() {
        builds = [{ build: 'one', inForce: false, open: 3, since: T0, sample: ['run/r/lane/0'] }];
      },
      fires: 0,
    },
    PadoQueueLag: { cause: queued, fires: 301, quiet: 299 },
    PadoMessagesAmbiguous: { cause: () => answered({ kind: 'unknown' }), fires: 1_860, quiet: 1_700 },
    PadoPayoutsAmbiguous: { cause: () => payout('ambiguous'), fires: 1_860, quiet: 1_700 },
    PadoPeopleFailed: {
      async cause() {
        await people();
        const cohorts = new CohortStore(desk.pool, 'test', async () => JOURNEY);
        await cohorts.markFailed({ runId: 'run', lane: 0, step: 1, now: T0 }, 'juno', 'failed_data');
      },
      fires: 0,
    },
    PadoUnread: {
      async cause() {
        const gone = createPool(desk.appUrl);
        await gone.end();
        store = new AttentionItemsStore(gone);
      },
      fires: 0,
    },
  };

  it('are all caused below, and each has its line in the runbook', () => {
    const rules = alertRules();
    expect(rules.map(({ alert }) => alert).sort()).toEqual(Object.keys(CAUSES).sort());
    const runbook = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');
    expect(runbook).toContain('\n### Alerts\n');
    for (const { alert, annotations } of rules) {
      expect(runbook).toContain(`| \`${alert}\` `);
      expect(annotations.runbook).toBe('docs/operations.md#alerts');
    }
  });

  it('are silent where all is well', async () => {
    await people();
    expect(await fires(30)).toEqual([]);
  });

  it.each(Object.entries(CAUSES))(
    '%s fires when it is caused, not before',
    async (alert, { cause, fires: from, quiet }) => {
      expect(await fires(from)).not.toContain(alert);
      await cause();
      if (quiet !== undefined) expect(await fires(quiet)).not.toContain(alert);
      expect(await fires(from)).toContain(alert);
    },
  );

  it('and the dashboard ask for metrics that there are', async () => {
    const known = [...(await scrape(0)).matchAll(/^# TYPE (pado_\S+) /gm)].map(([, name]) => name);
    const dashboard = readFileSync(join(ROOT, 'ops/grafana/pado.json'), 'utf8');
    const expressions = [...dashboard.matchAll(/"expr": "(.*)"/g)].map(([, expr]) => expr as string);
    expect(expressions.length).toBeGreaterThan(8);
    const asked = expressions
      .flatMap((expr) => expr.match(/\bpado_\w+/g) ?? [])
      .map((name) => name.replace(/_bucket$/, ''));
    const elsewhere = ['pado_coupon_pool_running_out', 'pado_provider_breaker_open'];
    expect(asked.filter((name) => !known.includes(name) && !elsewhere.includes(name))).toEqual([]);
  });
});
