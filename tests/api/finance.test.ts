/**
 * What finance takes out of the books: statement, reports, exports. One installation for all, whose API has the ledger's key.
 */
import { afterAll, beforeAll } from '@jest/globals';
import { Stack } from '../support/stack.js';
import { auditLogCases } from './audit-log.cases.js';
import { budgetChangeCases } from './budget-changes.cases.js';
import { exportCases } from './exports.cases.js';
import { reportCases } from './reports.cases.js';
import { statementCases } from './statements.cases.js';

const NOW = '2026-03-10T12:00:00+09:00';
let started: Stack;
const stack = () => started;

beforeAll(async () => {
  const api = { PADO_LEDGER_KEYS: Buffer.alloc(32, 1).toString('base64') };
  started = await Stack.start({ workers: 0, epoch: NOW, env: { api } });
  await started.ok('PUT', '/v1/budgets/main', { name: 'main', currency: 'KRW' }, { as: 'finance' });
  const funding = { amount: { value: '5000', currency: 'KRW' }, reference: 'r-1' };
  await started.ok('POST', '/v1/budgets/main/fundings', funding, { as: 'finance' });
});
afterAll(() => started.stop());

statementCases(stack, NOW);
reportCases(stack);
exportCases(stack);
budgetChangeCases(stack);
auditLogCases(stack);
