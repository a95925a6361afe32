/**
 * A database that was set back: the time that it lost is written down, every decision and hand-over is held by a switch of its own, and every run of
 * then is doubted, in one transaction. Two persons release it. Only ever one is not released.
 */
import { isSecondPerson } from '../domain/base/four-eyes.js';
import { RESTORATION } from './advisory.js';
import { appendAudit } from './audit-log.store.js';
import { lockDefinition, type Authored } from './definition-lock.js';
import { inTransaction, type Client, type Pool } from './pool.js';

export interface Restoration {
  no: number;
  /** Database time: what was lost was handed over between the two. */
  restoredTo: Date;
  foundAt: Date;
  /** Business time. */
  at: Date;
  /** Workflows that Temporal began before are ahead of the database. */
  temporalAt: Date;
  reason: string;
  actor: string;
  proposed: { by: string; at: Date; reason: string } | null;
  released: { by: string; at: Date } | null;
}
export type ReleaseDecision = 'done' | 'none' | 'released' | 'no_proposal' | 'own_proposal';

const SELECT = `select d.no, d.restored_to as "restoredTo", d.found_at as "foundAt", d.at, d.temporal_at as "temporalAt", d.reason, d.actor,
    (select jsonb_build_object('by', m.actor, 'at', m.at, 'reason', m.reason) from restoration_moves m
     where m.restoration_no = d.no and m.kind = 'propose' order by m.no desc limit 1) as proposed,
    (select jsonb_build_object('by', m.actor, 'at', m.at) from restoration_moves m
     where m.restoration_no = d.no and m.kind = 'release') as released
  from restorations d`;

/** The newest moment that the database says of itself: whatever it does not know of happened later. */
const NEWEST = `(select greatest(
  (select recorded_at from decision_contexts order by id desc limit 1),
  (select opened_at from message_attempts order by id desc limit 1),
  (select opened_at from payout_attempts order by id desc limit 1)))`;

export class RestorationsStore {
  constructor(private readonly pool: Pool) {}

  /** The newest first. */
  async list(client: Client | Pool = this.pool): Promise<Restoration[]> {
    const { rows } = await client.query<Restoration>(`${SELECT} order by d.no desc`);
    return rows;
  }

  async find(no: number, client: Client | Pool = this.pool): Promise<Restoration | null> {
    const { rows } = await client.query<Restoration>(`${SELECT} where d.no = $1`, [no]);
    return rows[0] ?? null;
  }

  /** Hold everything; where a restoration is not released yet it is that one, and nothing changes. `temporalNow`: epoch ms. */
  async begin(temporalNow: number, reason: string, { by, now }: Authored): Promise<Restoration> {
    return await inTransaction(this.pool, async (client) => {
      await lockDefinition(client, RESTORATION);
      const open = (await this.list(client)).find(({ released }) => released === null);
      if (open) return open;
      const { rows } = await client.query<{ no: number }>(
        `insert into restorations (restored_to, at, temporal_at, reason, actor)
         values (coalesce(${NEWEST}, clock_timestamp()), $1, $2, $3, $4) returning no`,
        [new Date(now), new Date(temporalNow), reason, by],
      );
      const no = rows[0]?.no as number;
      await client.query('update runs set doubted_by = $1', [no]);
      await askAgain(client);
      await hold(client, 'paused', reason, { by, now });
      await appendAudit(client, {
        at: now,
        actor: by,
        action: 'restoration.begin',
        subject: `restoration/${no}`,
        reason,
      });
      return (await this.find(no, client)) as Restoration;
    });
  }

  /** What a second person has to approve; the newest proposal stands. */
  async propose(client: Client, no: number, reason: string, { by, now }: Authored): Promise<ReleaseDecision> {
    const refusal = await this.refusal(client, no);
    if (refusal) return refusal;
    await move(client, no, 'propose', reason, { by, now });
    return 'done';
  }

  /** As another person than the one who proposed it: decisions and hand-overs go on. */
  async release(client: Client, no: number, { by, now }: Authored): Promise<ReleaseDecision> {
    const refusal = await this.refusal(client, no);
    if (refusal) return refusal;
    const proposed = (await this.find(no, client))?.proposed;
    if (!proposed) return 'no_proposal';
    if (!isSecondPerson(proposed.by, by)) return 'own_proposal';
    await move(client, no, 'release', proposed.reason, { by, now });
    await hold(client, 'running', proposed.reason, { by, now });
    return 'done';
  }

  private async refusal(client: Client, no: number): Promise<ReleaseDecision | null> {
    await lockDefinition(client, RESTORATION);
    const restoration = await this.find(no, client);
    if (!restoration) return 'none';
    return restoration.released ? 'released' : null;
  }
}

/** What was unsure then may have been repeated since, a reversal carried out: they are asked about anew, and an absence is final only from now on. */
async function askAgain(client: Client): Promise<void> {
  await client.query(
    `update outbox set last_attempt_at = clock_timestamp(), lookup_at = case when lookup_at is not null then clock_timestamp() end
     where state = 'ambiguous'`,
  );
  await client.query(
    `update payouts set last_attempt_at = clock_timestamp(), lookup_at = case when lookup_at is not null then clock_timestamp() end
     where state in ('accepted', 'ambiguous', 'held') and attempts > 0`,
  );
  await client.query(
    `update payout_reversals set state = 'ambiguous', unsure = true, told = 'restoration', last_attempt_at = clock_timestamp(),
       first_attempt_at = coalesce(first_attempt_at, clock_timestamp()), next_at = clock_timestamp()
     where state in ('requested', 'submitting', 'ambiguous')`,
  );
}

async function hold(client: Client, state: 'paused' | 'running', reason: string, { by, now }: Authored): Promise<void> {
  await client.query(
    `with control as (
       insert into controls (scope, state, epoch, reason, actor, at) values ($1, $2, 1, $3, $4, $5)
       on conflict (scope) do update set state = excluded.state, epoch = controls.epoch + 1, reason = excluded.reason,
         actor = excluded.actor, at = excluded.at
       returning *)
     insert into control_changes (scope, epoch, state, reason, actor, at, finished_at)
     select scope, epoch, state, reason, actor, at, clock_timestamp() from control`,
    [RESTORATION, state, reason, by, new Date(now)],
  );
}

async function move(
  client: Client,
  no: number,
  kind: 'propose' | 'release',
  reason: string,
  { by, now }: Authored,
): Promise<void> {
  await client.query(
    'insert into restoration_moves (restoration_no, kind, reason, actor, at) values ($1, $2, $3, $4, $5)',
    [no, kind, reason, by, new Date(now)],
  );
  await appendAudit(client, {
    at: now,
    actor: by,
    action: `restoration.${kind}`,
    subject: `restoration/${no}`,
    reason,
  });
}
