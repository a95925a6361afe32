/**
 * What a rule selects as of now: how many, and a sample. The rule is checked against the catalogue, the segments that it names are those in
 * force, and no question takes longer than its time.
 */
import { Inject, Injectable } from '@nestjs/common';
import { compileWhere, faultsOfRule, type RuleFault } from '../../domain/segment/compile.js';
import type { RuleGroup } from '../../domain/segment/rule.js';
import { SegmentsStore, type Asked, type Sampled, type Selection } from '../../storage/segments.store.js';
import { Problem } from '../http/problem.js';
import { CLOCK, type Clock } from '../ports.js';

const TIMEOUT_MS = 20_000;

@Injectable()
export class SegmentQuestions {
  constructor(
    private readonly segments: SegmentsStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Of a rule as somebody writes it. Problem `unprocessable` naming each rule that the catalogue refuses. */
  check(rule: RuleGroup): void {
    const faults = faultsOfRule(rule, 'segment');
    if (faults.length > 0) throw faulty(faults);
  }

  async count(rule: RuleGroup): Promise<{ count: number; asOf: string }> {
    const { selection, asOf } = await this.prepare(rule);
    return { count: inTime(await this.segments.count(selection, TIMEOUT_MS)), asOf };
  }

  async sample(rule: RuleGroup, size: number): Promise<{ customers: Sampled[]; asOf: string }> {
    const { selection, asOf } = await this.prepare(rule);
    return { customers: inTime(await this.segments.sample(selection, size, TIMEOUT_MS)), asOf };
  }

  private async prepare(rule: RuleGroup): Promise<{ selection: Selection; asOf: string }> {
    const now = this.clock.now();
    const pinned = await this.segments.pin(rule);
    if (!pinned.ok) throw faulty(pinned.faults);
    return { selection: compileWhere(pinned.rule, { firstParam: 1, now }), asOf: new Date(now).toISOString() };
  }
}

export function faulty(faults: readonly RuleFault[]): Problem {
  const errors = faults.map(({ pointer, detail }) => ({ pointer: `/rule${pointer}`, detail }));
  return new Problem('unprocessable', undefined, { errors });
}

function inTime<T>(asked: Asked<T>): T {
  if (asked.kind === 'answered') return asked.answer;
  throw new Problem('unavailable', `It took longer than ${TIMEOUT_MS / 1_000} seconds and was given up.`, {
    errors: [
      {
        pointer: '/rule',
        detail: 'takes too long: narrow the windows of its events, or count it when less is going on',
      },
    ],
  });
}
