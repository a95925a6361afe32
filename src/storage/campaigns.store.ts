/**
 * Campaigns: a draft that is validated, approved by another person, and launched. A launched version is for ever; an edit voids
 * validation and approval.
 */
import type { Campaign, LaunchedCampaign } from '../domain/journey/definition.js';
import { rewardsOfWaits } from '../domain/journey/payout-waits.js';
import { listenerOf } from '../domain/journey/prepare.js';
import { runIdOf } from '../domain/base/keys.js';
import { spanMs } from '../domain/base/time.js';
import type { ControlState } from './advisory.js';
import { appendAudit } from './audit-log.store.js';
import { lockDefinition, type Authored } from './definition-lock.js';
import { hasWords } from './has-words.js';
import { inTransaction, type Client, type Pool } from './pool.js';

export type CampaignState = 'draft' | 'validated' | 'approved' | 'launched' | 'ended';

export interface CampaignRecord {
  key: string;
  name: string;
  state: CampaignState;
  revision: number;
  draft: Campaign;
  contentHash: string | null;
  editedBy: string;
  approvedBy: string | null;
  updatedAt: Date;
  /** Of its switch: a launched campaign runs, is paused or stopped. */
  control: ControlState;
  /** Newest launched version. */
  version: number | null;
}

/** What the editor has seen: a revision, that it exists, that it does not, or (`none`) nothing, which only creates. */
export type Precondition = number | 'present' | 'absent' | 'none';

/** `missing`: it exists, and nothing was said about it. `stale`: it is not as the editor has seen it. */
export type PutCampaign =
  { kind: 'stored'; created: boolean; campaign: CampaignRecord } | { kind: 'missing' | 'stale' | 'ended' };

const SELECT = `select c.key, c.name, c.state, c.revision, c.draft, c.content_hash as "contentHash", c.edited_by as "editedBy",
    c.approved_by as "approvedBy", c.updated_at as "updatedAt",
    coalesce((select x.state from controls x where x.scope = 'campaign/' || c.key), 'running') as control,
    (select max(v.version) from campaign_versions v where v.campaign = c.key) as version
  from campaigns c`;

export class CampaignsStore {
  constructor(private readonly pool: Pool) {}

  async find(key: string): Promise<CampaignRecord | null> {
    const { rows } = await this.pool.query<CampaignRecord>(`${SELECT} where c.key = $1`, [key]);
    return rows[0] ?? null;
  }

  /** By key, one more than `limit`; `q`: words of the key or name. */
  async list(after: string, limit: number, q?: string): Promise<CampaignRecord[]> {
    const { rows } = await this.pool.query<CampaignRecord>(
      `${SELECT} where c.key > $1 and ${hasWords("c.key || ' ' || c.name", '$3')} order by c.key limit $2`,
      [after, limit + 1, q ?? null],
    );
    return rows;
  }

  /** The campaign, locked until the end of the transaction. */
  async lock(client: Client, key: string): Promise<CampaignRecord | null> {
    await lockDefinition(client, `campaign/${key}`);
    const { rows } = await client.query<CampaignRecord>(`${SELECT} where c.key = $1`, [key]);
    return rows[0] ?? null;
  }

  /** Create, or replace the draft that the editor has seen. An edit voids validation and approval. */
  async put(draft: Campaign, seen: Precondition, authored: Authored): Promise<PutCampaign> {
    return await inTransaction(this.pool, (client) => this.putWithin(client, draft, seen, authored));
  }

  /** As `put`, inside the caller's transaction. */
  async putWithin(client: Client, draft: Campaign, seen: Precondition, { by, now }: Authored): Promise<PutCampaign> {
    const before = await this.lock(client, draft.key);
    if (before && seen === 'none') return { kind: 'missing' };
    if (before ? seen === 'absent' : seen === 'present') return { kind: 'stale' };
    if (typeof seen === 'number' && before?.revision !== seen) return { kind: 'stale' };
    if (before?.state === 'ended') return { kind: 'ended' };
    await client.query(
      `insert into campaigns (key, name, state, draft, edited_by, updated_at) values ($1, $2, 'draft', $3, $4, $5)
         on conflict (key) do update set name = excluded.name, state = 'draft', draft = excluded.draft, edited_by = excluded.edited_by,
           updated_at = excluded.updated_at, revision = campaigns.revision + 1, content_hash = null, approved_by = null`,
      [draft.key, draft.name, JSON.stringify(draft), by, new Date(now)],
    );
    const subject = `campaign/${draft.key}`;
    await appendAudit(client, {
      at: now,
      actor: by,
      action: 'campaign.edit',
      subject,
      before: before?.draft,
      after: draft,
    });
    const campaign = (await this.lock(client, draft.key)) as CampaignRecord;
    return { kind: 'stored', created: before === null, campaign };
  }

  async markValidated(client: Client, key: string, contentHash: string, { by, now }: Authored): Promise<void> {
    await client.query(
      `update campaigns set state = 'validated', content_hash = $2, approved_by = null where key = $1`,
      [key, contentHash],
    );
    await appendAudit(client, {
      at: now,
      actor: by,
      action: 'campaign.validate',
      subject: `campaign/${key}`,
      before: { state: 'draft' },
      after: { state: 'validated', contentHash },
    });
  }

  async markApproved(client: Client, { key, contentHash }: CampaignRecord, { by, now }: Authored): Promise<void> {
    await client.query(`update campaigns set state = 'approved', approved_by = $2 where key = $1`, [key, by]);
    const change = { before: { state: 'validated' }, after: { state: 'approved', contentHash } };
    await appendAudit(client, {
      at: now,
      actor: by,
      action: 'campaign.approve',
      subject: `campaign/${key}`,
      ...change,
    });
  }

  /** For good; null where there is no such campaign. What has ended already stays as it is. */
  async end(client: Client, key: string, reason: string, { by, now }: Authored): Promise<CampaignRecord | null> {
    const before = await this.lock(client, key);
    if (!before || before.state === 'ended') return before;
    await client.query(`update campaigns set state = 'ended' where key = $1`, [key]);
    const change = { before: { state: before.state }, after: { state: 'ended' } };
    await appendAudit(client, {
      at: now,
      actor: by,
      action: 'campaign.end',
      subject: `campaign/${key}`,
      reason,
      ...change,
    });
    return await this.lock(client, key);
  }

  /** The approved content becomes the next version. */
  async addVersion(
    client: Client,
    campaign: CampaignRecord,
    launched: LaunchedCampaign,
    { by, now }: Authored,
  ): Promise<number> {
    const version = (campaign.version ?? 0) + 1;
    await client.query(
      `insert into campaign_versions (campaign, version, definition, content_hash, created_by, approved_by, launched_by, launched_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        campaign.key,
        version,
        JSON.stringify(launched),
        campaign.contentHash,
        campaign.editedBy,
        campaign.approvedBy,
        by,
        new Date(now),
      ],
    );
    await client.query(`update campaigns set state = 'launched' where key = $1`, [campaign.key]);
    await appendAudit(client, {
      at: now,
      actor: by,
      action: 'campaign.launch',
      subject: `campaign/${campaign.key}`,
      before: { state: campaign.state, version: campaign.version },
      after: { state: 'launched', version, contentHash: campaign.contentHash },
    });
    return version;
  }

  async launchedDefinition(client: Client | Pool, key: string, version: number): Promise<LaunchedCampaign | null> {
    const { rows } = await client.query<{ definition: LaunchedCampaign }>(
      'select definition from campaign_versions where campaign = $1 and version = $2',
      [key, version],
    );
    return rows[0]?.definition ?? null;
  }

  /** Open a run of a version with the listeners of its waits; the same trigger again is the same run. */
  async openRun(
    client: Client,
    opening: { campaign: string; version: number; trigger: string; entrants: boolean; launched: LaunchedCampaign },
    { by, now }: Authored,
  ): Promise<string> {
    const { campaign, version, trigger, entrants, launched } = opening;
    // shared with the change of the business epoch, which is refused once a run exists
    const installation = await client.query<{ id: string }>('select id from installation for share');
    const runId = runIdOf(installation.rows[0]?.id ?? '', campaign, version, trigger);
    const { rowCount } = await client.query(
      `insert into runs (id, campaign, version, trigger_key, state, started_at, opened_by, takes_entrants)
       values ($1, $2, $3, $4, 'opening', $5, $6, $7) on conflict (id) do nothing`,
      [runId, campaign, version, trigger, new Date(now), by, entrants],
    );
    if (rowCount === 0) return runId;
    const rewards = rewardsOfWaits(launched.campaign.journey);
    const waits = Object.entries(launched.campaign.journey.nodes).flatMap(([node, definition]) => {
      const listener = listenerOf(definition, rewards.get(node) ?? null);
      if (!listener || definition.type !== 'wait') return [];
      return [
        {
          event_name: listener.event,
          node,
          span_ms: definition.span === undefined ? 0 : spanMs(definition.span),
          filter: listener.filter,
        },
      ];
    });
    await client.query(
      `insert into listeners (event_name, run_id, node, span_ms, filter)
       select event_name, $2, node, span_ms, filter
       from json_to_recordset($1::json) as w(event_name text, node text, span_ms bigint, filter jsonb)`,
      [JSON.stringify(waits), runId],
    );
    await appendAudit(client, {
      at: now,
      actor: by,
      action: 'run.open',
      subject: `run/${runId}`,
      after: { campaign, version, trigger, entrants },
    });
    return runId;
  }
}
