/**
 * Why a customer got what they got, as one ordered answer: every code of their traces under the stage that decided it, and what became of
 * each send. The same for decisions that were made and for a walk of today with its effects unused.
 */
import type { EpochMs } from '../base/time.js';
import { TRACE_CODES, type TraceStep } from './trace.js';

/** The seven stages, in the order in which they decide. */
export const STAGES = ['trigger', 'audience', 'eligibility', 'offer', 'ledger', 'response', 'branch'] as const;
export type Stage = (typeof STAGES)[number];

/** The stage of each code of the trace. */
export const STAGE_OF_CODE: Readonly<Record<string, Stage>> = {
  status: 'eligibility',
  exclusion: 'eligibility',
  consent: 'eligibility',
  address: 'eligibility',
  filter: 'eligibility',
  pack: 'eligibility',
  quiet: 'eligibility',
  policy: 'eligibility',
  preferred: 'eligibility',
  channel: 'eligibility',
  offer: 'offer',
  message: 'offer',
  amount: 'ledger',
  box: 'ledger',
  draw: 'ledger',
  reward_cap: 'ledger',
  reward: 'ledger',
  payout: 'ledger',
  wait: 'response',
  late: 'response',
  branch: 'branch',
  arm: 'branch',
  repeat: 'branch',
  link: 'branch',
  moved_to: 'branch',
  moved_from: 'audience',
  retried: 'branch',
  exit: 'branch',
  stop: 'branch',
};

export interface Finding {
  stage: Stage;
  /** Of the deciding transaction; null for a fact that no transaction of this customer decided. */
  decision: number | null;
  at: EpochMs;
  node: string | null;
  visit: number | null;
  code: string;
  value: string | null;
  says: string;
}

export interface Decision {
  no: number;
  at: EpochMs;
  steps: readonly TraceStep[];
}

/** What became of one send: the newest word of the trace about it. */
export interface SendWord {
  node: string;
  visit: number;
  /** queued, suppressed, deferred, handed_over, withheld or kept. */
  outcome: string;
  reason: string | null;
}

/** `code=value` in words. A code that nobody knows says itself. */
export function sayCode(code: string, value: string | null): string {
  const [lead = ''] = (TRACE_CODES[code] ?? `${code}: {}`).split('{', 1);
  return `${lead}${value ?? ''}`.trim();
}

function split(text: string): { code: string; value: string | null } {
  const at = text.indexOf('=');
  return at < 0 ? { code: text, value: null } : { code: text.slice(0, at), value: text.slice(at + 1) };
}

/** Every code in the order in which it was decided. */
export function findingsOf(decisions: readonly Decision[]): Finding[] {
  return decisions.flatMap(({ no, at, steps }) =>
    steps.flatMap(({ node, visit, codes }) =>
      codes.map((text): Finding => {
        const { code, value } = split(text);
        const stage = STAGE_OF_CODE[code] ?? 'branch';
        return { stage, decision: no, at, node, visit, code, value, says: sayCode(code, value) };
      }),
    ),
  );
}

/** One word per send slot, in the order in which the sends were first decided. */
export function sendWords(findings: readonly Finding[]): SendWord[] {
  const words = new Map<string, SendWord>();
  for (const { code, node, visit, value } of findings) {
    if (code !== 'message' || node === null || visit === null || value === null) continue;
    const colon = value.indexOf(':');
    const [outcome, reason] = colon < 0 ? [value, null] : [value.slice(0, colon), value.slice(colon + 1)];
    words.set(`${node}#${visit}`, { node, visit, outcome, reason });
  }
  return [...words.values()];
}

/** All seven stages, those without a finding too. */
export function byStage(findings: readonly Finding[]): { stage: Stage; findings: Finding[] }[] {
  return STAGES.map((stage) => ({ stage, findings: findings.filter((one) => one.stage === stage) }));
}
