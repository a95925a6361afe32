/**
 * One contact against all policies: caps first, then whether it has to yield. A contact that is capped anyhow yields to nobody.
 */
import type { EpochMs } from '../base/time.js';
import { judgeGate, type GateFacts } from '../eligibility/gate.js';
import { applies, counts, judgePolicy, type ContactKind, type ContactPolicy } from './policy.js';
import { yieldCode, yieldedTo, type CanSend, type Rival } from './yield.js';

export interface ContactFacts {
  gate: GateFacts;
  /** By policy: contacts that count against it at `now`. */
  seen: readonly number[];
  rivals: readonly Rival[];
}

export interface ContactTerms {
  policies: readonly ContactPolicy[];
  now: EpochMs;
}

export interface ContactVerdict {
  reason: 'capped' | 'yielded' | null;
  /** Trace codes. */
  codes: string[];
}

/** `own`: contacts that the same decision has made before this one. */
export function judgeContact(
  facts: ContactFacts,
  contact: ContactKind,
  own: readonly ContactKind[],
  terms: ContactTerms,
): ContactVerdict {
  const codes: string[] = [];
  const within: { policy: ContactPolicy; left: number }[] = [];
  for (const [index, policy] of terms.policies.entries()) {
    if (!applies(policy, contact)) continue;
    const seen = (facts.seen[index] ?? 0) + own.filter((one) => applies(policy, one)).length;
    const judged = judgePolicy(policy, contact, seen);
    if (judged.kind === 'exempt') {
      codes.push(`policy=${judged.policy}:exempt`);
      continue;
    }
    codes.push(`policy=${judged.policy}:${judged.seen}/${judged.cap}`);
    if (judged.kind === 'capped') return { reason: 'capped', codes };
    within.push({ policy, left: judged.cap - judged.seen });
  }
  if (facts.rivals.length === 0) return { reason: null, codes };
  const canSend = mayAlsoSend(facts, terms);
  for (const { policy, left } of within) {
    const rival = yieldedTo(policy, left, facts.rivals, terms.now, canSend);
    if (rival !== null) return { reason: 'yielded', codes: [...codes, yieldCode(policy, rival)] };
  }
  return { reason: null, codes };
}

/** A rival whom the gate or a cap stops anyway takes nothing: who yields to it would leave the slot to nobody. */
function mayAlsoSend(facts: ContactFacts, { policies, now }: ContactTerms): CanSend {
  return (journey, { channel }) => {
    const { purpose, product, quiet } = journey;
    if (!judgeGate(facts.gate, { channel, purpose, quiet }, now).pass) return false;
    const contact = { channel, purpose, product };
    return policies.every((policy, index) => !counts(policy, contact) || (facts.seen[index] ?? 0) < policy.cap);
  };
}
