/**
 * What became of people, messages and payouts, as the API shows it: the trace of a participant, the messages of a run, payouts with their
 * moves, attempts and transfers.
 */
import { messageIdsOf } from './messages-of-customer.js';
import type { Pool } from './pool.js';

export interface MessageRow {
  id: string;
  customerId: string;
  node: string;
  visit: number;
  wave: number;
  channel: string;
  gateway: string;
  state: string;
  reason: string | null;
  template: string;
  title: string | null;
  body: string;
  decidedAt: Date;
  notAfter: Date;
  handoverAt: Date | null;
  attempts: number;
  reference: string | null;
}
export interface ParticipantRow {
  customerId: string;
  state: 'active' | 'ended' | 'failed';
  node: string;
  visit: number;
  lane: number;
  dueAt: Date | null;
  wave: number;
  waveAt: Date | null;
  windowEndAt: Date | null;
  responded: boolean;
  endReason: string | null;
  enteredAt: Date;
}
export interface TraceRow {
  no: number;
  kind: string;
  queue: string;
  step: number;
  now: Date;
  build: string;
  versions: unknown;
  gateVersion: number;
  attrVersion: number;
  steps: string;
}
export interface ResponseRow {
  node: string;
  visit: number;
  wave: number;
  event: string;
  occurredAt: Date;
  receivedAt: Date;
  late: boolean;
}

const MESSAGE = `id, customer_id as "customerId", node, visit, wave, channel, gateway, state, reason, template, title, body,
  decided_at as "decidedAt", not_after as "notAfter", handover_at as "handoverAt", attempts, reference`;

export class MessagesReadStore {
  constructor(private readonly pool: Pool) {}

  /** Messages of a run by id (message ids begin with their run), one more than `limit`. */
  async ofRun(runId: string, filter: { after: string; limit: number; state?: string }): Promise<MessageRow[]> {
    const { rows } = await this.pool.query<MessageRow>(
      `select ${MESSAGE} from outbox
       where id > greatest($2, 'm/' || $1 || '/') and id < 'm/' || $1 || '0' and run_id = $1 and ($4::text is null or state = $4)
       order by id limit $3`,
      [runId, filter.after, filter.limit + 1, filter.state ?? null],
    );
    return rows;
  }

  /** Index: trace_pkey, outbox_pkey. */
  async ofCustomer(runId: string, customerId: string): Promise<MessageRow[]> {
    const { rows } = await this.pool.query<MessageRow>(
      `select ${MESSAGE} from outbox where id in ${messageIdsOf('$2', '$1')} order by decided_at, id`,
      [runId, customerId],
    );
    return rows;
  }

  async participant(runId: string, customerId: string): Promise<ParticipantRow | null> {
    const { rows } = await this.pool.query<ParticipantRow>(
      `select customer_id as "customerId", state, node, visit, lane, due_at as "dueAt", wave, wave_at as "waveAt",
         window_end_at as "windowEndAt", responded, end_reason as "endReason", entered_at as "enteredAt"
       from participants where run_id = $1 and customer_id = $2`,
      [runId, customerId],
    );
    return rows[0] ?? null;
  }

  /** In the order in which it was decided, each row with what was common to its transaction. */
  async trace(runId: string, customerId: string): Promise<TraceRow[]> {
    const { rows } = await this.pool.query<TraceRow>(
      `select t.no, d.kind, d.queue, d.step, d.now, d.build, d.versions, t.gate_version as "gateVersion",
         t.attr_version as "attrVersion", t.steps
       from trace t join decision_contexts d on d.id = t.context_id
       where t.run_id = $1 and t.customer_id = $2 order by t.no`,
      [runId, customerId],
    );
    return rows;
  }

  async responses(runId: string, customerId: string): Promise<ResponseRow[]> {
    const { rows } = await this.pool.query<ResponseRow>(
      `select r.node, r.visit, r.wave, e.name as event, r.occurred_at as "occurredAt", r.received_at as "receivedAt", r.late
       from responses r join events e on e.no = r.event_no
       where r.run_id = $1 and r.customer_id = $2 order by r.received_at, r.node`,
      [runId, customerId],
    );
    return rows;
  }
}
