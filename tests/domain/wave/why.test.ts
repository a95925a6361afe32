/**
 * The answer to why: every code of the trace has its stage, and a send's newest word is what became of it.
 */
import { describe, expect, it } from '@jest/globals';
import { decodeTrace, TRACE_CODES } from '../../../src/domain/wave/trace.js';
import { byStage, findingsOf, sayCode, sendWords, STAGE_OF_CODE, STAGES } from '../../../src/domain/wave/why.js';

const decided = (no: number, steps: string) => ({ no, at: no * 1_000, steps: decodeTrace(steps) });

describe('the answer to why', () => {
  it('knows the stage of every code of the trace, and of no other', () => {
    expect(Object.keys(STAGE_OF_CODE).sort()).toEqual(Object.keys(TRACE_CODES).sort());
  });

  it('puts every code under its stage, all seven in order, the empty ones too', () => {
    const findings = findingsOf([
      decided(1, 'send#1:status=active,policy=weekly@1:3/3,message=suppressed:capped|wait#1:wait=until:5'),
      decided(2, 'wait#1:wait=timeout|check#1:branch=no|done#1:exit=completed'),
    ]);
    const stages = byStage(findings);
    expect(stages.map(({ stage }) => stage)).toEqual([...STAGES]);
    expect(
      Object.fromEntries(
        stages.map(({ stage, findings: own }) => [stage, own.map(({ code, value }) => `${code} ${value}`)]),
      ),
    ).toEqual({
      trigger: [],
      audience: [],
      eligibility: ['status active', 'policy weekly@1:3/3'],
      offer: ['message suppressed:capped'],
      ledger: [],
      response: ['wait until:5', 'wait timeout'],
      branch: ['branch no', 'exit completed'],
    });
    expect(findings[0]).toMatchObject({ decision: 1, at: 1_000, node: 'send', visit: 1 });
  });

  it('says of each send what the newest decision said of it', () => {
    const findings = findingsOf([
      decided(1, 'a#1:message=queued|b#1:message=suppressed:capped'),
      decided(2, 'a#1:message=withheld:quiet_hours'),
      decided(3, 'a#2:message=handed_over'),
    ]);
    expect(sendWords(findings)).toEqual([
      { node: 'a', visit: 1, outcome: 'withheld', reason: 'quiet_hours' },
      { node: 'b', visit: 1, outcome: 'suppressed', reason: 'capped' },
      { node: 'a', visit: 2, outcome: 'handed_over', reason: null },
    ]);
  });

  it('says a code in words with its value', () => {
    expect(sayCode('branch', 'yes')).toBe('the branch taken: yes');
    expect(sayCode('stop', null)).toBe('the run was stopped');
  });
});
