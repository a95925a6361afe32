/**
 * The audience of a campaign as its first cohorts would find it at `now`: selected by the freeze's own statement and read by the cohort's, in
 * one snapshot, and nothing of it stays.
 */
import type { ContactPolicy } from '../domain/contact-policy/policy.js';
import type { Consent, CustomerStatus } from '../domain/eligibility/gate.js';
import type { LaunchedCampaign } from '../domain/journey/definition.js';
import { scopesOfChoices } from '../domain/journey/choices.js';
import { prepareJourney, type PreparedJourney } from '../domain/journey/prepare.js';
import type { ParticipantFacts } from '../domain/wave/walk.js';
import { closedAmong } from './advisory.js';
import { selectAudience } from './audience.store.js';
import { LakeError } from './lake.js';
import type { SegmentSources } from './segment-sources.js';
import { contactsSeen } from './contacts-seen.js';
import { exclusionsOf } from './exclusions.js';
import { LaunchedStore } from './launched.store.js';
import { policiesInForce } from './policies-in-force.js';
import { inTransaction, sqlState, type Client, type Pool } from './pool.js';
import { higherRuns, rivalsOf } from './rivals.js';

const PAGE = 5_000;
export type Order = 'id' | 'hash';
const ORDERS: Record<Order, string> = { id: 'customer_id', hash: 'hashtextextended(customer_id, 0), customer_id' };
const QUERY_CANCELLED = '57014';

interface CustomerRow {
  id: string;
  zone: string;
  status: CustomerStatus;
  gate_version: number;
  attr_version: number;
  consents: Record<string, Consent>;
  addresses: Record<string, string>;
  attributes: Record<string, unknown>;
}

export interface FunnelPage {
  journey: PreparedJourney;
  policies: readonly ContactPolicy[];
  /** Switches that are not on, of those that sends with a choice look at. */
  closed: ReadonlySet<string>;
  people: readonly ParticipantFacts[];
}

export class FunnelStore {
  private readonly launched: LaunchedStore;

  constructor(
    private readonly pool: Pool,
    private readonly sources: SegmentSources,
  ) {
    this.launched = new LaunchedStore(pool);
  }

  /**
   * Every matched customer once, page by page: by id, or by its hash, so that the first ones are a sample and the same each time. Returns false when a statement took longer than `timeoutMs`, or `each` has had enough.
   * Errors: LakeError.
   */
  async read(
    campaign: LaunchedCampaign,
    at: { now: number; timeoutMs: number; order?: Order },
    each: (page: FunnelPage) => boolean,
  ): Promise<boolean> {
    const journey = prepareJourney(campaign);
    const journeyOf = (runId: string) => this.launched.journeyOf(runId);
    await higherRuns(this.pool, journey.priority, journeyOf); // read in before a connection is held
    try {
      return await inTransaction(this.pool, async (client) => {
        await client.query('set transaction isolation level repeatable read');
        await client.query(`select set_config('statement_timeout', $1, true)`, [String(at.timeoutMs)]);
        await selectAudience(client, this.sources, campaign, { ...at, progress: () => undefined });
        const policies = await policiesInForce(client);
        const closed = await closedAmong(client, scopesOfChoices(journey));
        // sorted once, however many pages
        await client.query(
          `declare matched no scroll cursor for select customer_id from audience order by ${ORDERS[at.order ?? 'id']}`,
        );
        for (;;) {
          const rows = await nextPage(client);
          if (rows.length === 0) return true;
          const people = await factsAtStart(client, rows, { journey, policies, now: at.now, journeyOf });
          if (!each({ journey, policies, closed, people })) return false;
        }
      });
    } catch (error) {
      if (sqlState(error) === QUERY_CANCELLED) return false;
      if (error instanceof LakeError && error.failure === 'late') return false;
      throw error;
    }
  }
}

async function nextPage(client: Client): Promise<CustomerRow[]> {
  const { rows: matched } = await client.query<{ customer_id: string }>(`fetch ${PAGE} from matched`);
  const { rows } = await client.query<CustomerRow>(
    `select c.id, c.zone, c.status, c.gate_version, c.attr_version, c.consents, c.addresses, c.attributes
     from unnest($1::text[]) with ordinality as a (id, n) join customers c on c.id = a.id order by a.n`,
    [matched.map(({ customer_id: id }) => id)],
  );
  return rows;
}

interface AtStart {
  journey: PreparedJourney;
  policies: readonly ContactPolicy[];
  now: number;
  journeyOf: (runId: string) => Promise<PreparedJourney>;
}

/** What a cohort would know of customers who have just entered. */
async function factsAtStart(client: Client, rows: readonly CustomerRow[], at: AtStart): Promise<ParticipantFacts[]> {
  const { journey, policies, now, journeyOf } = at;
  const ids = rows.map(({ id }) => id);
  const seen = await contactsSeen(client, rows, policies, now);
  const rivals = await rivalsOf(client, { runId: '', now }, journey.priority, ids, policies, journeyOf);
  const exclusions = await exclusionsOf(client, ids, now);
  return rows.map((row): ParticipantFacts => ({
    customerId: row.id,
    node: journey.start,
    visit: 1,
    wave: 0,
    waveAt: null,
    windowEndAt: null,
    responded: false,
    respondedNodes: [],
    answers: {},
    gate: {
      status: row.status,
      gateVersion: row.gate_version,
      zone: row.zone,
      consents: row.consents,
      addresses: row.addresses,
      excludedBy: exclusions.of(row.id),
    },
    attrVersion: row.attr_version,
    attributes: row.attributes,
    seen: seen.get(row.id) ?? [],
    rivals: rivals.get(row.id) ?? [],
    eventsSinceWave: [],
    payoutEvents: [],
    rewards: {},
  }));
}
