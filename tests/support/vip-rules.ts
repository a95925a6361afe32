/**
 * Customers for the console's rule builder, and the rules that are built there.
 */
import { customers } from './campaigns.js';

const COUNT = 24;

export const buys = (n: number) => n % 3 === 0;
export const PEOPLE = customers(COUNT, (n) => ({
  attributes: {
    name: `손님${n}`,
    grade: n % 2 === 0 ? 'gold' : 'basic',
    spent: n * 10_000,
    region: n % 4 === 0 ? '서울' : '부산',
  },
  consents: { 'push:advertising': n % 5 !== 0 },
}));

/** Of those who bought, 12, 18 and 24: 6 has spent too little and lives elsewhere. */
export const BY_MOUSE = {
  combinator: 'and',
  rules: [
    { field: 'status', operator: '=', value: 'active' },
    { field: 'attribute.grade', operator: '=', value: 'gold' },
    {
      field: 'event.count',
      operator: '>=',
      value: 1,
      of: { event: 'purchase', window: { kind: 'rolling', span: 'P30D' } },
    },
    {
      combinator: 'or',
      rules: [
        { field: 'attribute.spent', operator: '>=', value: 180_000 },
        { field: 'attribute.region', operator: 'in', value: ['서울', '제주'] },
      ],
    },
  ],
};

/** Of five conditions, one in a group of its own. */
export const BY_KEYS = {
  combinator: 'and',
  rules: [
    { field: 'status', operator: '=', value: 'active' },
    { field: 'attribute.grade', operator: '=', value: 'gold' },
    { field: 'attribute.spent', operator: '>=', value: 60_000 },
    { field: 'event.count', operator: '>=', value: 1, of: { event: 'purchase' } },
    { combinator: 'or', rules: [{ field: 'status', operator: '=', value: 'active' }] },
  ],
};
