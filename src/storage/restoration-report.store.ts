/**
 * What asking after a restoration has found so far: of what it doubted, what had been handed over, what is still asked about, what nobody can tell; and
 * payments that a provider's settlement has and we do not know.
 */
import { IS_DOUBTED as MESSAGE_IS_DOUBTED } from './presumed-messages.js';
import { IS_DOUBTED as PAYOUT_IS_DOUBTED } from './presumed-payouts.js';
import type { Client, Pool } from './pool.js';

/** waiting: not asked about yet; asking; unknown: nobody can be asked, a person's; any other: as it was found. */
export interface Doubted {
  /** Gateway or provider. */
  system: string;
  state: string;
  n: number;
}
export interface RestorationReport {
  messages: Doubted[];
  payouts: Doubted[];
  /** By provider: in its settlement, unknown to us, and not explained yet. */
  unknownToUs: { system: string; n: number }[];
}

export class RestorationReportStore {
  constructor(private readonly pool: Pool) {}

  async read(client: Client | Pool = this.pool): Promise<RestorationReport> {
    const list = async <T extends object>(sql: string) => (await client.query<T & Record<string, unknown>>(sql)).rows;
    return {
      messages: await list<Doubted>(MESSAGES),
      payouts: await list<Doubted>(PAYOUTS),
      unknownToUs: await list<{ system: string; n: number }>(
        `select provider as system, count(*)::int as n from settlement_breaks
         where class = 'unknown_to_us' and state = 'open' group by 1 order by 1`,
      ),
    };
  }
}

/** What was submitted since is not among them: its newest attempt is none that was presumed. */
const MESSAGES = `select o.gateway as system,
    case when o.state = 'ambiguous' then case when o.lookup_at is null then 'unknown' else 'asking' end else o.state end as state, count(*)::int as n
  from decision_contexts x join message_attempts a on a.context_id = x.id join outbox o on o.attempt_id = a.id
  where x.kind = 'restoration' group by 1, 2
  union all
  select o.gateway, 'waiting', count(*)::int from outbox o
  where o.state = 'queued' and o.gateway not in ('capture', 'inbox', 'staff') and ${MESSAGE_IS_DOUBTED} group by 1
  order by 1, 2`;

const PAYOUTS = `select p.provider as system, case when p.state = 'ambiguous' then 'asking' when p.state = 'held' then 'unknown' else p.state end as state,
    count(*)::int as n
  from decision_contexts x join payout_attempts a on a.context_id = x.id join payouts p on p.key = a.payout_key and p.attempt_id = a.id
  where x.kind = 'restoration' group by 1, 2
  union all
  select p.provider, 'waiting', count(*)::int from payouts p where p.state in ('intended', 'approved') and ${PAYOUT_IS_DOUBTED} group by 1
  order by 1, 2`;
