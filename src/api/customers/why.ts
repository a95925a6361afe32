/**
 * Why a customer got what they got of a campaign. Whoever entered is answered from the trace; whoever never did by the walk of the send's
 * own code over today's facts, its effects unused, and the answer says so.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../../config.js';
import { messageIdOf } from '../../domain/base/keys.js';
import type { LaunchedCampaign, PinnedSegment } from '../../domain/journey/definition.js';
import { prepareJourney } from '../../domain/journey/prepare.js';
import { prepareRenderer } from '../../domain/offer/render.js';
import type { RuleGroup } from '../../domain/segment/rule.js';
import { decodeTrace } from '../../domain/wave/trace.js';
import { walk } from '../../domain/wave/walk.js';
import { byStage, findingsOf, sendWords, type Finding, type SendWord, type Stage } from '../../domain/wave/why.js';
import { CampaignsStore } from '../../storage/campaigns.store.js';
import { CustomersStore, type Customer } from '../../storage/customers.store.js';
import { LaunchedStore } from '../../storage/launched.store.js';
import { LinksReadStore } from '../../storage/links-read.store.js';
import { MessagesReadStore } from '../../storage/messages-read.store.js';
import { PayoutsReadStore } from '../../storage/payouts-read.store.js';
import type { Pool } from '../../storage/pool.js';
import { SegmentSources } from '../../storage/segment-sources.js';
import { WhyStore, type MessageFact, type RunOfCustomer } from '../../storage/why.store.js';
import { contentOf } from '../campaigns/campaign-content.js';
import { found } from '../http/problem.js';
import { notAnswered } from '../segments/segment-questions.js';
import { CLOCK, CONFIG, POOL, type Clock } from '../ports.js';

const LAKE_TIMEOUT_MS = 20_000;

interface Asked {
  customer: string;
  campaign: string;
  run?: string | undefined;
}

/** A fact that no transaction of this customer decided. */
const fact = (stage: Stage, at: number, code: string, value: string | null, says: string): Finding => ({
  stage,
  decision: null,
  at,
  node: null,
  visit: null,
  code,
  value,
  says,
});

@Injectable()
export class CustomerWhy {
  constructor(
    private readonly why: WhyStore,
    private readonly customers: CustomersStore,
    private readonly campaigns: CampaignsStore,
    private readonly messages: MessagesReadStore,
    private readonly payouts: PayoutsReadStore,
    private readonly launched: LaunchedStore,
    private readonly links: LinksReadStore,
    private readonly sources: SegmentSources,
    @Inject(POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async of(asked: Asked) {
    const customer = found(await this.customers.find(asked.customer), 'customer');
    const campaign = found(await this.campaigns.find(asked.campaign), 'campaign');
    const runs = await this.why.runs(asked.campaign, asked.customer);
    const [newest] = runs;
    const run =
      asked.run === undefined
        ? newest
        : found(
            runs.find(({ id }) => id === asked.run),
            'run of this campaign',
          );
    const own = run?.enteredAt ? await this.decided(customer, run) : await this.today(customer, campaign.key, run);
    const { findings: other, ...answer } = own;
    const findings = [...other, ...(await this.linkFindings(customer.id, campaign.key, own.run))];
    return {
      customer: customer.id,
      campaign: campaign.key,
      ...answer,
      stages: byStage(findings),
      runs: runs.map(({ id, version, startedAt, enteredAt }) => ({
        run: id,
        version,
        startedAt,
        entered: enteredAt !== null,
      })),
    };
  }

  /** How the customer came by links from elsewhere, and what became of those that lead from here: of the run that is told about, where one is. */
  private async linkFindings(customer: string, campaign: string, run: string | null): Promise<Finding[]> {
    const links = await this.links.ofCustomer(customer, campaign);
    return links.flatMap((link) => {
      const value = link.reason === null ? link.outcome : `${link.outcome}:${link.reason}`;
      const at = link.at.getTime();
      if (link.runId === run) {
        const says = `the link to ${link.campaign}: ${value}`;
        return [{ ...fact('branch', at, 'link_outcome', value, says), node: link.node, visit: link.visit }];
      }
      if (link.campaign !== campaign) return [];
      return [fact('trigger', at, 'linked', value, `came by the link ${link.node} of ${link.from}: ${value}`)];
    });
  }

  private async decided(customer: Customer, run: RunOfCustomer) {
    const trace = await this.messages.trace(run.id, customer.id);
    const decisions = trace.map(({ no, kind, now, build, versions, gateVersion, attrVersion, steps }) => ({
      about: { no, at: now, kind, build, versions, gateVersion, attrVersion },
      steps: decodeTrace(steps),
    }));
    const traced = findingsOf(decisions.map(({ about, steps }) => ({ no: about.no, at: about.at.getTime(), steps })));
    const words = sendWords(traced);
    const slots = words.map(({ node, visit }) => messageIdOf({ runId: run.id, node, visit, customerId: customer.id }));
    const [messages, responses, payouts] = await Promise.all([
      this.why.messages(slots),
      this.messages.responses(run.id, customer.id),
      this.payouts.ofCustomer(run.id, customer.id),
    ]);
    const sends = words.map((word) => withState(word, messages));
    const findings = [
      ...runFindings(run),
      fact('audience', run.enteredAt?.getTime() ?? 0, 'entered', run.id, `entered run ${run.id}`),
      ...(run.label === null
        ? []
        : [fact('audience', run.enteredAt?.getTime() ?? 0, 'label', run.label, `is reported under ${run.label}`)]),
      ...traced,
      ...messages.map(messageFinding),
      ...payouts.map(({ node, visit, state, reason, decidedAt }) => {
        const value = reason === null ? state : `${state}:${reason}`;
        return { ...fact('ledger', decidedAt.getTime(), 'payout_state', value, `the payout is ${value}`), node, visit };
      }),
      ...responses.map(({ node, visit, event, receivedAt, late }) => {
        const says = `${event} was received${late ? ', after the wait had closed' : ''}`;
        return { ...fact('response', receivedAt.getTime(), 'received', event, says), node, visit };
      }),
    ];
    const expired = expiredOn(run);
    const waiting = `stands at ${run.node}${run.dueAt ? `, due ${run.dueAt.toISOString()}` : ''}`;
    return {
      run: run.id,
      version: run.version,
      basis: 'decided' as const,
      asOf: new Date(this.clock.now()),
      answer: expired
        ? `What was decided ${expired}; the customer stood at ${run.node} at the end.`
        : sends.length === 0
          ? `No send has been decided: the customer ${waiting}.`
          : `${sends.map(saySend).join('; ')}.`,
      expiredAt: run.expiredAt,
      findings,
      sends: expired ? [] : sends,
      decisions: decisions.map(({ about }) => about),
    };
  }

  /** By today's facts: the run that they did not enter, or else the newest version, or else the draft. */
  private async today(customer: Customer, key: string, run: RunOfCustomer | undefined) {
    const now = this.clock.now();
    const { version, launched, lacks } = await this.definition(key, run);
    const findings = run ? runFindings(run) : [fact('trigger', now, 'not_launched', null, 'no run has been opened')];
    const base = { run: null, expiredAt: null, version, basis: 'today' as const, asOf: new Date(now), decisions: [] };
    const lead = `Never entered; by the facts of ${new Date(now).toISOString()}, the customer`;
    if (!launched) {
      findings.push(fact('trigger', now, 'draft_faults', String(lacks), `the draft has ${lacks} faults`));
      return { ...base, answer: `Never entered: the campaign is a draft with ${lacks} faults.`, findings, sends: [] };
    }
    const { holds, parts } = await this.isSelected(launched.segment, customer.id, now);
    const segment = `${launched.segment.key}@${launched.segment.version}`;
    findings.push(fact('audience', now, 'segment', segment, `${holds ? 'is' : 'is not'} in segment ${segment} today`));
    for (const [n, part] of parts.entries()) {
      const value = `${n}:${part ? 'holds' : 'fails'}`;
      findings.push(
        fact('audience', now, 'rule', value, `part /rules/${n} of the rule ${part ? 'holds' : 'fails'} today`),
      );
    }
    const walked = await this.walkToday(customer, launched, now);
    const sends = sendWords(walked);
    const would =
      sends.map((send) => `would be ${send.outcome} at ${send.node}${because(send)}`).join(', ') ||
      'would meet no send at once';
    const answer = `${lead} ${holds ? 'is' : 'is not'} in segment ${segment} and ${would}.`;
    return { ...base, answer, findings: [...findings, ...walked], sends };
  }

  /** A lake is asked about the whole rule only. */
  private async isSelected(
    { rule, source }: PinnedSegment,
    customer: string,
    now: number,
  ): Promise<{ holds: boolean; parts: boolean[] }> {
    if (!source) return await this.why.ruleHolds(rule, customer, now);
    const alone: RuleGroup = { combinator: 'and', rules: [{ field: 'id', operator: '=', value: customer }, rule] };
    const asked = await this.sources.of(source).count({ rule: alone, now }, LAKE_TIMEOUT_MS);
    if (asked.kind !== 'answered') throw notAnswered(source, asked.kind);
    return { holds: asked.answer > 0, parts: [] };
  }

  private async walkToday(customer: Customer, launched: LaunchedCampaign, now: number): Promise<Finding[]> {
    const journey = prepareJourney(launched);
    const journeyOf = (runId: string) => this.launched.journeyOf(runId);
    const { facts, policies, closed } = await this.why.factsToday(customer, journey, now, journeyOf);
    const render = prepareRenderer(launched, journey);
    const walked = walk(facts, { journey, policies, closed, now, stopped: false, render });
    for (const { step } of walked.rewards) step.codes.push('reward=would_be_claimed');
    return findingsOf([{ no: 0, at: now, steps: walked.trace }]).map((one) => ({ ...one, decision: null }));
  }

  private async definition(key: string, run: RunOfCustomer | undefined) {
    const campaign = found(await this.campaigns.find(key), 'campaign');
    const version = run?.version ?? campaign.version;
    if (version !== null && version !== undefined) {
      return { version, launched: await this.campaigns.launchedDefinition(this.pool, key, version), lacks: 0 };
    }
    const content = await contentOf(this.pool, campaign.draft, this.config);
    if (content.ok) return { version: null, launched: content.launched, lacks: 0 };
    return { version: null, launched: null, lacks: content.faults.length };
  }
}

function runFindings(run: RunOfCustomer): Finding[] {
  const started = run.startedAt.getTime();
  const findings = [
    fact(
      'trigger',
      started,
      'run',
      run.id,
      `run ${run.id} was opened by ${run.openedBy} for the trigger ${run.trigger}`,
    ),
  ];
  if (run.control !== 'running')
    findings.push(fact('trigger', started, 'control', run.control, `the run is ${run.control}`));
  if (run.expiredAt) {
    const says = `decisions and messages of run ${run.id} ${expiredOn(run)}, but for what money rests on`;
    findings.push(fact('trigger', run.expiredAt.getTime(), 'expired', run.id, says));
  }
  for (const { outcome, at } of run.refused) {
    findings.push(fact('trigger', Date.parse(at), 'refused', outcome, `was refused as a single entrant: ${outcome}`));
  }
  if (run.asOf) {
    const says = `the audience was frozen from segment ${run.segment}: ${run.audience} customers`;
    findings.push(fact('audience', run.asOf.getTime(), 'frozen', run.segment, says));
  }
  return findings;
}

/** In UTC; null where all of it is kept. */
const expiredOn = ({ expiredAt }: RunOfCustomer) => expiredAt && `expired on ${expiredAt.toISOString().slice(0, 10)}`;

function messageFinding({ node, visit, state, reason, handoverAt, decidedAt }: MessageFact): Finding {
  const value = reason === null ? state : `${state}:${reason}`;
  const at = (handoverAt ?? decidedAt).getTime();
  return { ...fact('offer', at, 'message_state', value, `the message is ${value}`), node, visit };
}

/** The outbox knows more than the trace once a gateway has answered. */
function withState(word: SendWord, messages: readonly MessageFact[]): SendWord {
  const message = messages.find(({ node, visit }) => node === word.node && visit === word.visit);
  return message ? { ...word, outcome: message.state, reason: message.reason } : word;
}

const because = ({ reason }: SendWord) => (reason === null ? '' : ` (${reason})`);
const saySend = (send: SendWord) => `${send.node}: ${send.outcome}${because(send)}`;
