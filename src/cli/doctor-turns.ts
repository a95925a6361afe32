/**
 * Check of `pado doctor`: workflows whose turns fail again and again, in words. The causes are those of the whole installation; a row's data is none,
 * for whoever it is of is set apart.
 */
import { faulty, type Seen, type Sight } from './doctor-sight.js';

const ON = 'Then everything goes on by itself.';

/** By the beginning of what fails. */
const WORDS: readonly (readonly [string, { what: string; cure: string }])[] = [
  [
    'DatabaseError/53100',
    {
      what: 'the disk of Postgres is full',
      cure: `Free space where Postgres keeps its data, or give it more; never delete files of its folder by hand. ${ON}`,
    },
  ],
  [
    'DatabaseError/53200',
    { what: 'Postgres has no memory left', cure: `Give its machine more, or less else to do. ${ON}` },
  ],
  [
    'DatabaseError/53300',
    { what: 'Postgres has no connections left', cure: `Set max_connections of the server higher. ${ON}` },
  ],
  [
    'DatabaseError/57014',
    {
      what: 'statements take longer than they may',
      cure: `See what else keeps Postgres busy (pg_stat_activity), and whether its tables are analysed. ${ON}`,
    },
  ],
  [
    'DatabaseError/25006',
    { what: 'Postgres takes no changes', cure: `DATABASE_URL and PADO_DATABASE_URL have to name the primary. ${ON}` },
  ],
  [
    'timeout/',
    {
      what: 'activities do not come to their end in time',
      cure: `Is a worker killed or starved again and again? Read its log. ${ON}`,
    },
  ],
];
const OTHERWISE = { what: 'their turns fail', cure: 'Read the log of the worker: it has the place of the failure.' };

export async function turns(sight: Sight): Promise<Seen> {
  const facts = await sight.temporal().catch(() => null); // said by the check of the namespace
  if (!facts) return null;
  if (facts.failing.size === 0) return 'no workflow takes the same turn again and again';
  throw faulty(
    [...facts.failing].map(([failure, count]) => {
      const { what, cure } = WORDS.find(([beginning]) => failure.startsWith(beginning))?.[1] ?? OTHERWISE;
      return { what: `Of ${count} workflows nothing moves: ${what} (${failure}).`, cure };
    }),
  );
}
