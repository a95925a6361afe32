/**
 * What a wave run has to have left behind, computed in SQL from the customers and their earlier contacts alone, and compared with the tables; and
 * both sums of law 4, cheap at every size.
 */
import { expect } from '@jest/globals';
import { assertClean } from '../../src/auditor/index.js';
import type { Stack } from './stack.js';
import { EPOCH, RESPONDS_SQL, SEND_1, SEND_2, WEEK_CAP, type Crowd, type WaveTimes } from './wave-run.js';

/** Up to here the whole audit is part of a run; above, it would take longer than what is measured. */
const AUDITED_MAX = 20_000;

export interface WaveRows {
  participants: number;
  messages: number;
  responses: number;
  /** A row per deciding transaction and one per hand-over. */
  trace: number;
}

export interface Circumstances {
  /** Nobody responded. */
  silent?: boolean;
  /** Contacts of earlier runs have been taken out of the tables, which no auditor forgives. */
  unlikeSeeded?: boolean;
}

/** Errors: those of what does not hold. */
export async function expectWave(
  stack: Stack,
  crowd: Crowd,
  run: Pick<WaveTimes, 'runId'>,
  { silent = false, unlikeSeeded = false }: Circumstances = {},
): Promise<WaveRows> {
  const expected = await expectedRows(stack, crowd, silent);
  const found = await stack.one<WaveRows>(
    `select (select count(*)::int from participants where run_id = $1 and state = 'ended') as participants,
            (select count(*)::int from outbox where run_id = $1 and state = 'accepted') as messages,
            (select count(*)::int from responses where run_id = $1 and not late) as responses,
            (select count(*)::int from trace where run_id = $1) as trace`,
    [run.runId],
  );
  expect(found).toEqual(expected);
  await expectSums(stack, run.runId);
  if (crowd.size <= AUDITED_MAX && !unlikeSeeded) assertClean(await stack.audit({ runId: run.runId }));
  return found;
}

/** The first send is decided with the earlier contacts of a week, the second with the first one besides. */
async function expectedRows(stack: Stack, { group, size }: Crowd, silent: boolean): Promise<WaveRows> {
  const { firsts, seconds, responses } = await stack.one<{ firsts: number; seconds: number; responses: number }>(
    `with person as (
       select c.id as customer_id, count(*) filter (where t.at > $2::timestamptz - interval '7 days') as earlier
       from customers c left join contacts t on t.customer_id = c.id and t.run_id = 'earlier'
       where c.id like $1 || '-%' group by c.id),
     answered as (select *, earlier < $3 as first, not $4 and ${RESPONDS_SQL} as responds from person)
     select count(*) filter (where first)::int as firsts,
            count(*) filter (where not responds and earlier + first::int < $3)::int as seconds,
            count(*) filter (where responds)::int as responses
     from answered`,
    [group, EPOCH, WEEK_CAP, silent],
  );
  const messages = firsts + seconds;
  return { participants: size, messages, responses, trace: 2 * size + messages };
}

/** Law 4: people per node, messages per send node. */
async function expectSums(stack: Stack, runId: string): Promise<void> {
  const { rows } = await stack.pool.query<{ node: string; people: number; messages: number; decided: number }>(
    `select node, sum(case measure when 'entered' then n when 'here' then -n when 'moved' then -n when 'ended' then -n else 0 end)::int as people,
            sum(case when measure = 'decided' then n when measure in ('queued', 'submitting', 'accepted', 'rejected', 'ambiguous', 'withheld', 'suppressed')
                     then -n else 0 end)::int as messages,
            coalesce(sum(n) filter (where measure = 'decided'), 0)::int as decided
     from counters where run_id = $1 group by node`,
    [runId],
  );
  expect(rows.filter(({ people, messages }) => people !== 0 || messages !== 0)).toEqual([]);
  expect(
    rows
      .filter(({ decided }) => decided > 0)
      .map(({ node }) => node)
      .sort(),
  ).toEqual([SEND_1, SEND_2]);
}
