/**
 * Starts that have slots. Every slot of a campaign is judged once, in order, in the transaction that opens its run: whatever wakes us (Temporal's
 * schedule, the sweep, both at once) and however often a calendar is changed, what lies behind `handled_until` never fires again.
 */
import type { LaunchedCampaign } from '../domain/journey/definition.js';
import { isValidAt, reviewValidity } from '../domain/journey/review.js';
import { judgeSlots, nextSlotOf, slotKey, slotsOf, type SkipReason, type TimedStart } from '../domain/trigger/start.js';
import { readControls, RESTORATION, type ControlState } from './advisory.js';
import { appendAudit } from './audit-log.store.js';
import { CampaignsStore } from './campaigns.store.js';
import { lockDefinition, type Authored } from './definition-lock.js';
import { inTransaction, type Client, type Pool } from './pool.js';

export interface Slot {
  slotAt: Date;
  version: number;
  trigger: string;
  /** Null: fired. */
  skipped: SkipReason | null;
  run: string | null;
  at: Date;
}
export interface StartRow {
  campaign: string;
  version: number;
  start: TimedStart;
  zone: string;
  nextAt: Date | null;
}
/** `over`: nothing will start any more. */
export interface Fired {
  runs: string[];
  over: boolean;
}

interface Row extends StartRow {
  handledUntil: Date;
  startedBy: string;
  state: string;
  definition: LaunchedCampaign;
}

export class StartsStore {
  private readonly campaigns: CampaignsStore;

  constructor(private readonly pool: Pool) {
    this.campaigns = new CampaignsStore(pool);
  }

  /** The start of a version just launched, instead of that of the version before; returns its first slot. */
  async put(
    client: Client,
    { campaign, version, start, zone }: Omit<StartRow, 'nextAt'>,
    { by, now }: Authored,
  ): Promise<number | null> {
    const next = nextSlotOf(start, zone, now);
    const { rows } = await client.query<{ nextAt: Date | null }>(
      `insert into campaign_starts (campaign, version, start, zone, handled_until, next_at, started_by)
       values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (campaign) do update set version = excluded.version, start = excluded.start, zone = excluded.zone,
         handled_until = greatest(campaign_starts.handled_until, excluded.handled_until), next_at = excluded.next_at,
         started_by = excluded.started_by
       returning next_at as "nextAt"`,
      [campaign, version, JSON.stringify(start), zone, new Date(now), next === null ? null : new Date(next), by],
    );
    return rows[0]?.nextAt?.getTime() ?? null;
  }

  /** Nothing starts any more by a slot of this campaign. */
  async close(client: Client, campaign: string): Promise<void> {
    await client.query('update campaign_starts set next_at = null where campaign = $1', [campaign]);
  }

  /** Campaigns with a slot that is due. Index: campaign_starts_due. */
  async due(now: number): Promise<string[]> {
    const { rows } = await this.pool.query<{ campaign: string }>(
      'select campaign from campaign_starts where next_at <= $1 order by next_at, campaign',
      [new Date(now)],
    );
    return rows.map(({ campaign }) => campaign);
  }

  /** Judge every slot that is due at `now`: each opens its run or is listed as skipped. Runs that were opened have to be started. */
  async fire(campaign: string, now: number): Promise<Fired> {
    return await inTransaction(this.pool, async (client) => {
      await lockDefinition(client, `campaign/${campaign}`);
      const row = await this.lock(client, campaign);
      if (!row?.nextAt) return { runs: [], over: true };
      if (row.nextAt.getTime() > now) return { runs: [], over: false };
      const held = await readControls(client, [RESTORATION]);
      if (held.get(RESTORATION) === 'paused') return { runs: [], over: false }; // not skipped: it fires when that is released
      const control = row.state === 'ended' ? 'stopped' : await controlOf(client, campaign);
      const due = slotsOf(row.start, row.zone, row.handledUntil.getTime(), now);
      const validity = reviewValidity(row.definition.campaign);
      const verdicts = judgeSlots(due, row.start, { now, control, reviewed: () => isValidAt(validity, now) });
      const slots: Omit<Slot, 'at'>[] = [];
      for (const { at, skip } of verdicts) {
        const run = skip ? null : await this.open(client, row, slotKey(at), now);
        slots.push({ slotAt: new Date(at), version: row.version, trigger: slotKey(at), skipped: skip, run });
      }
      await record(client, campaign, slots, now);
      const next = control === 'stopped' ? null : nextSlotOf(row.start, row.zone, now);
      await client.query('update campaign_starts set handled_until = $2, next_at = $3 where campaign = $1', [
        campaign,
        new Date(now),
        next === null ? null : new Date(next),
      ]);
      return { runs: slots.flatMap(({ run }) => (run === null ? [] : [run])), over: next === null };
    });
  }

  /** Campaigns whose newest calendars Temporal does not have yet. */
  async unscheduled(): Promise<StartRow[]> {
    const { rows } = await this.pool.query<StartRow>(
      `select campaign, version, start, zone, next_at as "nextAt" from campaign_starts
       where next_at is not null and scheduled_version is distinct from version order by campaign`,
    );
    return rows;
  }

  /** Every campaign with a slot to come, whether Temporal has its calendars or not. */
  async scheduled(): Promise<StartRow[]> {
    const { rows } = await this.pool.query<StartRow>(
      `select campaign, version, start, zone, next_at as "nextAt" from campaign_starts
       where next_at is not null order by campaign`,
    );
    return rows;
  }

  async markScheduled({ campaign, version }: Pick<StartRow, 'campaign' | 'version'>): Promise<void> {
    await this.pool.query('update campaign_starts set scheduled_version = $2 where campaign = $1 and version = $2', [
      campaign,
      version,
    ]);
  }

  async find(campaign: string, client: Client | Pool = this.pool): Promise<StartRow | null> {
    const { rows } = await client.query<StartRow>(
      'select campaign, version, start, zone, next_at as "nextAt" from campaign_starts where campaign = $1',
      [campaign],
    );
    return rows[0] ?? null;
  }

  /** Newest first; `before` is the last slot's time (RFC 3339), empty at the first page. One more than `limit`. */
  async slots(campaign: string, before: string, limit: number): Promise<Slot[]> {
    const { rows } = await this.pool.query<Slot>(
      `select slot_at as "slotAt", version, trigger_key as trigger, skipped, run_id as run, at from start_slots
       where campaign = $1 and ($2::timestamptz is null or slot_at < $2) order by slot_at desc limit $3`,
      [campaign, before === '' ? null : before, limit + 1],
    );
    return rows;
  }

  private async lock(client: Client, campaign: string): Promise<Row | null> {
    const { rows } = await client.query<Row>(
      `select s.campaign, s.version, s.start, s.zone, s.next_at as "nextAt", s.handled_until as "handledUntil",
         s.started_by as "startedBy", c.state, v.definition
       from campaign_starts s join campaigns c on c.key = s.campaign
       join campaign_versions v on v.campaign = s.campaign and v.version = s.version
       where s.campaign = $1 for update of s`,
      [campaign],
    );
    return rows[0] ?? null;
  }

  private async open(client: Client, row: Row, trigger: string, now: number): Promise<string> {
    const { campaign, version, definition: launched } = row;
    const opening = { campaign, version, trigger, entrants: false, launched };
    return await this.campaigns.openRun(client, opening, { by: row.startedBy, now });
  }
}

/** Shared: whoever pauses waits for us, and we see what was paused before. */
async function controlOf(client: Client, campaign: string): Promise<ControlState> {
  const states = [...(await readControls(client, ['all', `campaign/${campaign}`])).values()];
  if (states.includes('stopped')) return 'stopped';
  return states.includes('paused') ? 'paused' : 'running';
}

async function record(
  client: Client,
  campaign: string,
  slots: readonly Omit<Slot, 'at'>[],
  now: number,
): Promise<void> {
  if (slots.length === 0) return;
  await client.query(
    `insert into start_slots (campaign, slot_at, version, trigger_key, skipped, run_id, at)
     select $1, "slotAt", version, trigger, skipped, run, $2
     from json_to_recordset($3::json) as x("slotAt" timestamptz, version int, trigger text, skipped text, run text)`,
    [campaign, new Date(now), JSON.stringify(slots)],
  );
  const skipped = slots.filter(({ skipped: reason }) => reason !== null);
  if (skipped.length === 0) return;
  const after = skipped.map(({ slotAt, skipped: reason }) => ({ slotAt, reason }));
  await appendAudit(client, {
    at: now,
    actor: 'schedule',
    action: 'campaign.skip',
    subject: `campaign/${campaign}`,
    after,
  });
}
