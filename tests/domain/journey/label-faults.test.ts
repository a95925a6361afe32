/**
 * Sub-segment labels: each whose segment is missing or cannot be asked is named, and a name that comes twice.
 */
import { expect, it } from '@jest/globals';
import { campaignSchema } from '../../../src/domain/journey/definition.js';
import { validateCampaign, type Known, type KnownSegment } from '../../../src/domain/journey/validate.js';

const vip: KnownSegment = {
  rule: { combinator: 'and', rules: [{ field: 'attribute.vip', operator: '=', value: true }] },
};
const known: Known = {
  segment: { rule: { combinator: 'and', rules: [{ field: 'id', operator: 'notNull' }] } },
  sources: new Map([
    ['lake', { fields: new Map([['attribute.vip', 'boolean']]), properties: new Map(), events: null }],
  ]),
  segments: new Map<string, KnownSegment>([
    ['vips', vip],
    ['fished', { ...vip, source: 'lake' }],
    ['lost', { ...vip, source: 'gone' }],
  ]),
  templates: new Map(),
  budgets: new Map(),
  gateways: [],
  providers: [],
};
const labels = ['vips', 'none', 'fished', 'lost'].map((segment, n) => ({ name: n === 3 ? 'l0' : `l${n}`, segment }));
const campaign = (start?: object) =>
  campaignSchema.parse({
    key: 'c',
    name: 'c',
    purpose: 'information',
    segment: 's',
    labels,
    start,
    journey: { start: 'out', nodes: { out: { type: 'exit' } } },
  });
const faults = (of: ReturnType<typeof campaign>) =>
  validateCampaign(of, known).map(({ pointer, detail }) => `${pointer} ${detail.split(',')[0]}`);

it('names each label whose segment is missing or cannot be asked, and a name that comes twice', () => {
  const always = [
    '/labels/1/segment does not exist',
    '/labels/3/name is the name of a label before it',
    '/labels/3/segment is of the source gone',
  ];
  expect(faults(campaign())).toEqual(always);
  const onEvent = campaign({ type: 'event', event: 'visit', entry: { policy: 'once' } });
  expect(faults(onEvent)).toEqual([always[0], '/labels/2/segment is of the source lake', ...always.slice(1)]);
  expect(() => campaignSchema.parse({ ...campaign(), labels: [...labels, ...labels] })).toThrow(/labels/);
});
