/**
 * What a rule selects as of now: how many, and a sample. The rule is checked against the catalogue and against what its source has, the
 * segments that it names are those in force, and no question takes longer than its time.
 */
import { Inject, Injectable } from '@nestjs/common';
import { faultsOfRule, type RuleFault } from '../../domain/segment/compile.js';
import type { RuleGroup } from '../../domain/segment/rule.js';
import { faultsOfSource } from '../../domain/segment/source.js';
import { SegmentSources, type Asked, type Question } from '../../storage/segment-sources.js';
import { SegmentsStore, type Sampled } from '../../storage/segments.store.js';
import { Problem } from '../http/problem.js';
import { CLOCK, type Clock } from '../ports.js';

const TIMEOUT_MS = 20_000;

export interface SourcedRule {
  rule: RuleGroup;
  source: string | null;
}

@Injectable()
export class SegmentQuestions {
  constructor(
    private readonly segments: SegmentsStore,
    private readonly sources: SegmentSources,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Of a rule as somebody writes it. Problem `unprocessable` naming each rule that the catalogue or the source refuses. */
  async check(asked: SourcedRule): Promise<void> {
    const faults = faultsOfRule(asked.rule, 'segment');
    if (faults.length > 0) throw faulty(faults);
    await this.pin(asked);
  }

  async count(asked: SourcedRule): Promise<{ count: number; asOf: string }> {
    const question = await this.prepare(asked);
    const count = answered(asked.source, await this.sources.of(asked.source).count(question, TIMEOUT_MS));
    return { count, asOf: asOf(question) };
  }

  async sample(asked: SourcedRule, size: number): Promise<{ customers: Sampled[]; unmatched: number; asOf: string }> {
    const question = await this.prepare(asked);
    const ids = answered(asked.source, await this.sources.of(asked.source).sample(question, size, TIMEOUT_MS));
    const customers = await this.segments.present(ids);
    return { customers, unmatched: ids.length - customers.length, asOf: asOf(question) };
  }

  private async prepare(asked: SourcedRule): Promise<Question> {
    return { rule: await this.pin(asked), now: this.clock.now() };
  }

  private async pin({ rule, source }: SourcedRule): Promise<RuleGroup> {
    const schema = source === null ? null : this.sources.schema(source);
    if (schema === undefined) {
      const errors = [{ pointer: '/source', detail: 'is not a source of this installation' }];
      throw new Problem('unprocessable', undefined, { errors });
    }
    const pinned = await this.segments.pin(rule, source);
    if (!pinned.ok) throw faulty(pinned.faults);
    const faults = schema ? faultsOfSource(pinned.rule, schema, source as string) : [];
    if (faults.length > 0) throw faulty(faults);
    return pinned.rule;
  }
}

const asOf = ({ now }: Question): string => new Date(now).toISOString();

export function faulty(faults: readonly RuleFault[]): Problem {
  const errors = faults.map(({ pointer, detail }) => ({ pointer: `/rule${pointer}`, detail }));
  return new Problem('unprocessable', undefined, { errors });
}

/** Why a source did not answer, in words for whoever asked; nothing of its files. */
export function notAnswered(source: string | null, failure: 'late' | 'memory' | 'files'): Problem {
  const narrow = 'narrow the windows of its events, or count it when less is going on';
  switch (failure) {
    case 'late':
      return new Problem('unavailable', `It took longer than ${TIMEOUT_MS / 1_000} seconds and was given up.`, {
        errors: [{ pointer: '/rule', detail: `takes too long: ${narrow}` }],
      });
    case 'memory':
      return new Problem('unavailable', `The source ${source} needs more memory for it than it may have.`, {
        errors: [{ pointer: '/rule', detail: `needs too much memory: ${narrow}` }],
      });
    case 'files':
      return new Problem('unavailable', `The files of the source ${source} cannot be read as they are configured.`, {
        errors: [{ pointer: '/source', detail: 'cannot be read just now' }],
      });
    default:
      return failure satisfies never;
  }
}

function answered<T>(source: string | null, asked: Asked<T>): T {
  if (asked.kind === 'answered') return asked.answer;
  throw notAnswered(source, asked.kind);
}
