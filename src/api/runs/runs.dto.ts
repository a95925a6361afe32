/**
 * Runs at the edge: both sums per node, the report per wave, the trace of one customer, the messages.
 */
import { z } from 'zod';
import { MESSAGE_STATES } from '../../domain/offer/message-moves.js';
import { reviewSchema } from '../../domain/journey/review.js';
import { roles } from '../http/endpoint.js';
import { pageOf, pageQuerySchema } from '../http/page.js';
import { payoutSchema } from '../payouts/payouts.dto.js';

const time = z.iso.datetime();
const byReason = z.record(z.string(), z.int());

/** Who reads runs, at once or as they change. */
export const READERS = roles('marketer', 'approver', 'finance', 'operator', 'admin');

const run = {
  id: z.string(),
  campaign: z.string(),
  version: z.int(),
  trigger: z.string(),
  state: z.enum(['opening', 'running', 'closed']),
  control: z.enum(['running', 'paused', 'stopped']),
  startedAt: time,
  closedAt: time.nullable(),
  asOf: time.nullable().describe('when the audience was frozen'),
  audience: z.int().nullable(),
  unmatched: z
    .int()
    .nullable()
    .describe(
      'ids that the segment’s lake selected and that are no customers here; null where it was not asked of one',
    ),
  lanes: z.int().nullable(),
  openedBy: z.string(),
  expiredAt: time.nullable().describe('when its decisions and messages began to be removed; null: they are kept'),
};
export const runSchema = z.object(run).meta({ id: 'Run' });
export const runQuerySchema = pageQuerySchema.extend({
  campaign: z.string().max(40).optional(),
  q: z
    .string()
    .max(100)
    .optional()
    .describe('only what has these words in its id or its campaign’s key, in upper or lower case'),
});
export const runPageSchema = pageOf(runSchema);

const peopleSchema = z
  .object({
    entered: z.int(),
    here: z.int(),
    moved: byReason.describe('by target node'),
    ended: byReason.describe('by reason'),
  })
  .meta({ id: 'PeopleSum', description: 'entered = here + moved + ended' });
const messagesSchema = z
  .object({
    decided: z.int(),
    queued: z.int(),
    submitting: z.int(),
    accepted: z.int(),
    rejected: byReason,
    ambiguous: z.int(),
    withheld: byReason,
    suppressed: byReason,
  })
  .meta({ id: 'MessageSum', description: 'decided = all the others together' });
const nodeSchema = z
  .object({
    node: z.string(),
    visit: z.int(),
    type: z.string(),
    wave: z.int(),
    people: peopleSchema,
    messages: messagesSchema.nullable(),
    responded: z.int().nullable(),
    late: z.int().nullable().describe('responses that came after the wait had closed'),
    arms: byReason.nullable().describe('of a split: people by arm, with `holdout` and `excluded`'),
    refused: byReason.describe('single entrants that were not let in'),
  })
  .meta({ id: 'NodeFigures' });

const waveSchema = z.object({
  wave: z.int(),
  node: z.string(),
  entered: z.int(),
  decided: z.int().describe('= open + sent + rejected + withheld + suppressed'),
  open: z.int().describe('queued, submitting or ambiguous'),
  sent: z.int().describe('accepted by the gateway'),
  rejected: byReason,
  withheld: byReason,
  suppressed: byReason,
  responded: z.int(),
  late: z.int().describe('came after the wait had closed; not among responded'),
  paid: z.int(),
});

export const openSchema = z.object({
  participants: z.int(),
  failed: z.int(),
  messages: z.int(),
  payouts: z.int(),
});

export const runDetailSchema = z
  .object({
    ...run,
    businessEpoch: time.nullable(),
    participants: z.object({ active: z.int(), ended: z.int(), failed: z.int() }),
    nodes: z.array(nodeSchema),
    waves: z.array(waveSchema),
    payouts: byReason.describe('by state'),
    open: openSchema,
    workflows: z.string().nullable().describe('where Temporal’s UI shows its workflows; null: nobody has said'),
    readAt: time.describe('business time at which all of it was read, in one snapshot'),
  })
  .meta({ id: 'RunDetail' });

export const runLiveSchema = z
  .object({
    readAt: time.describe('business time of the look'),
    run: runDetailSchema.nullable().describe('null: it is as it was told last'),
  })
  .meta({ id: 'RunLive', description: '`data` of each event of the stream' });

export const whyMadeSchema = z
  .object({
    purpose: z.string(),
    product: z.string().nullable(),
    review: reviewSchema.nullable(),
    goal: z.object({ event: z.string(), window: z.string() }).nullable(),
    kpiTarget: z.string().nullable(),
    hypothesis: z.string().nullable(),
  })
  .describe('as the marketer wrote it before the launch');

export const cellSchema = z
  .object({
    wave: z.int(),
    arm: z.string().nullable(),
    label: z.string().nullable(),
    offer: z.string().describe('template as key@version'),
    entered: z.int(),
    suppressed: byReason,
    sent: z.int(),
    delivered: z.int().describe('told by the gateway'),
    responded: z.int(),
    late: z.int(),
    paid: z.int(),
    goal: z.int().describe('whose goal event occurred within its window'),
  })
  .meta({ id: 'ReportCell' });
export const reachSchema = z.object({ people: z.int(), goal: z.int() }).meta({ id: 'Reach' });

export const reportSchema = z
  .object({
    run: z.string(),
    campaign: z.string(),
    version: z.int(),
    state: z.string(),
    businessEpoch: time.nullable(),
    expiredAt: time.nullable().describe('from then on its counters are told alone, and no cells'),
    waves: z.array(
      waveSchema.extend({
        delivered: z.int().nullable().describe('told by the gateway; null: the run has expired'),
        goal: z.int().nullable().describe('whose goal event occurred within its window; null: the run has expired'),
      }),
    ),
    payouts: byReason.describe('by state'),
    open: openSchema,
    why: whyMadeSchema,
    cells: z.array(cellSchema).describe('by wave, arm, sub-segment label and offer'),
    treated: reachSchema.describe('everybody but the holdout, sent to or not'),
    holdout: reachSchema,
  })
  .meta({ id: 'RunReport' });

export const messageSchema = z
  .object({
    id: z.string(),
    customer: z.string(),
    node: z.string(),
    visit: z.int(),
    wave: z.int(),
    channel: z.string(),
    gateway: z.string(),
    state: z.enum(MESSAGE_STATES),
    reason: z.string().nullable(),
    template: z.string(),
    title: z.string().nullable(),
    body: z.string(),
    decidedAt: time,
    notAfter: time,
    handoverAt: time.nullable(),
    attempts: z.int(),
    reference: z.string().nullable(),
  })
  .meta({ id: 'Message' });
export const messageQuerySchema = pageQuerySchema.extend({ state: z.enum(MESSAGE_STATES).optional() });
export const messagePageSchema = pageOf(messageSchema);

const stepSchema = z.object({ node: z.string(), visit: z.int(), codes: z.array(z.string()) });
export const traceSchema = z
  .object({
    run: z.string(),
    customer: z.string(),
    state: z.enum(['active', 'ended', 'failed']),
    node: z.string(),
    visit: z.int(),
    lane: z.int(),
    wave: z.int(),
    waveAt: time.nullable(),
    windowEndAt: time.nullable(),
    dueAt: time.nullable(),
    responded: z.boolean(),
    endReason: z.string().nullable(),
    enteredAt: time,
    decisions: z.array(
      z.object({
        kind: z.string().describe('freeze, cohort, claim or late'),
        queue: z.string(),
        step: z.int(),
        now: time,
        build: z.string(),
        versions: z.unknown(),
        gateVersion: z.int(),
        attrVersion: z.int(),
        steps: z.array(stepSchema),
      }),
    ),
    messages: z.array(messageSchema),
    responses: z.array(
      z.object({
        node: z.string(),
        visit: z.int(),
        wave: z.int(),
        event: z.string(),
        occurredAt: time,
        receivedAt: time,
        late: z.boolean(),
      }),
    ),
    payouts: z.array(payoutSchema),
    codes: z.record(z.string(), z.string()).describe('what each code says'),
  })
  .meta({ id: 'CustomerTrace' });
