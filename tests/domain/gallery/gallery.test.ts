/**
 * Ready campaigns: what is filled in is judged blank by blank, and what is made is a campaign whose sends have templates and whose nodes exist.
 */
import { describe, expect, it } from '@jest/globals';
import type { Blank } from '../../../src/domain/gallery/blanks.js';
import { draftOf, GALLERY, KEY_MAX } from '../../../src/domain/gallery/gallery.js';
import type { Ready } from '../../../src/domain/gallery/ready.js';
import { keySchema } from '../../../src/domain/base/keys.js';
import { judgeTemplate } from '../../../src/domain/offer/template.js';
import { faultsOfRule } from '../../../src/domain/segment/compile.js';

const AT = { key: 'k'.repeat(KEY_MAX), name: '봄' };
const SOMETHING: Partial<Record<Blank['kind'], string>> = {
  value: '적금',
  segment: 'winners',
  budget: 'spring',
  provider: 'sim-pay',
  gateway: 'sim-gate',
};
const open = ({ blanks }: Ready) => Object.entries(blanks).filter(([, { preset }]) => preset === undefined);
const valuesOf = (own: Ready) => Object.fromEntries(open(own).map(([name, { kind }]) => [name, SOMETHING[kind]]));
const made = (own: Ready, values: Record<string, unknown>) => {
  const answer = draftOf(own, { ...AT, values });
  if (!answer.ok) throw new Error(JSON.stringify(answer.faults));
  return answer.draft;
};
const faultsOf = (own: Ready, values: Record<string, unknown>) => {
  const answer = draftOf(own, { ...AT, values });
  return answer.ok ? [] : answer.faults.map(({ name }) => name).sort();
};

describe.each(GALLERY.map((own) => [own.key, own] as const))('%s of the gallery', (_, own) => {
  it('is a draft once what is open is filled in', () => {
    const { campaign, segment, templates } = made(own, valuesOf(own));
    expect(campaign).toMatchObject(AT);
    expect(campaign.segment).toBe(segment?.key ?? 'winners');
    const nodes = Object.values(campaign.journey.nodes);
    const sends = nodes.flatMap((node) => (node.type === 'send' ? [node, ...(node.fallback ?? [])] : []));
    expect(new Set(sends.map(({ template, channel }) => `${template} ${channel}`))).toEqual(
      new Set(templates.map(({ key, channel }) => `${key} ${channel}`)),
    );
    for (const template of templates) {
      expect(keySchema.safeParse(template.key).success).toBe(true);
      expect(judgeTemplate(template)).toMatchObject({ ok: true });
    }
    if (segment) expect(faultsOfRule(segment.rule, 'segment')).toEqual([]);
  });

  it('names every blank that is open, and every value that is none', () => {
    const names = open(own).map(([name]) => name);
    expect(faultsOf(own, {})).toEqual([...names].sort());
    expect(faultsOf(own, { ...valuesOf(own), nothing: 'x' })).toEqual(['nothing']);
  });

  it('takes no value of another shape', () => {
    for (const [name, { kind }] of Object.entries(own.blanks)) {
      const wrong = kind === 'amount' ? '5000' : kind === 'span' ? 'a fortnight' : '';
      expect(faultsOf(own, { ...valuesOf(own), [name]: wrong })).toEqual([name]);
    }
  });

  it('speaks Korean and English', () => {
    for (const { en, ko } of [own.name, own.what, ...Object.values(own.blanks).map(({ label }) => label)]) {
      expect(en).toMatch(/^[\p{ASCII}’]+$/u);
      expect(ko).toMatch(/\p{Script=Hangul}/u);
    }
  });
});

it('an amount has to be more than nothing, and whole', () => {
  const own = GALLERY.find(({ key }) => key === 'event-winners') as Ready;
  for (const value of ['0', '-5', '1.5', '10000000000000'])
    expect(faultsOf(own, { ...valuesOf(own), amount: { value, currency: 'KRW' } })).toEqual(['amount']);
});
