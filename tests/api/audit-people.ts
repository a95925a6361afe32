/**
 * Changes of who may do what, for audit.cases.ts: people and keys.
 */
import type { Stack } from '../support/stack.js';
import type { Change } from './audit-definitions.js';

/** `names`: what a change's own `given` makes, for its path; known only then. */
export function peopleChanges(stack: () => Stack, names: Map<string, string>): Record<string, Change> {
  const because = { reason: 'because' };
  const person = (account: string) => () =>
    stack().ok('POST', '/v1/people', { account, name: 'first', roles: ['marketer'], ...because });
  const recipient = (account: string) => async () => {
    await person(account)();
    const content = { addresses: { phone: '+821012345678' }, ...because };
    return await stack().ok('PUT', `/v1/test-recipients/${account}`, content);
  };
  return {
    'POST /v1/people': {
      path: '/v1/people',
      body: { account: 'audited-0', name: 'audited', roles: ['finance'], ...because },
      line: { action: 'person.add', reason: 'because', after: { name: 'audited', roles: ['finance'] } },
    },
    'PUT /v1/test-recipients/{person}': {
      path: '/v1/test-recipients/audited-test-1',
      body: { addresses: { phone: '+821012345678' }, ...because },
      given: person('audited-test-1'),
      line: { action: 'test-recipient.put', reason: 'because', after: { addresses: ['phone'] } },
    },
    'POST /v1/test-recipients/{person}/remove': {
      path: '/v1/test-recipients/audited-test-2/remove',
      body: because,
      given: recipient('audited-test-2'),
      line: { action: 'test-recipient.remove', reason: 'because', before: { addresses: ['phone'] }, after: null },
    },
    'PUT /v1/people/{person}/roles': {
      path: '/v1/people/audited-1/roles',
      body: { roles: ['operator'], ...because },
      given: person('audited-1'),
      line: {
        action: 'person.roles',
        reason: 'because',
        before: { roles: ['marketer'] },
        after: { roles: ['operator'] },
      },
    },
    'POST /v1/people/{person}/suspend': {
      path: '/v1/people/audited-2/suspend',
      body: because,
      given: person('audited-2'),
      line: {
        action: 'person.suspend',
        reason: 'because',
        before: { state: 'active' },
        after: { state: 'suspended' },
      },
    },
    'POST /v1/people/{person}/resume': {
      path: '/v1/people/audited-3/resume',
      body: because,
      given: async () => {
        await person('audited-3')();
        await stack().ok('POST', '/v1/people/audited-3/suspend', because);
      },
      line: {
        action: 'person.resume',
        reason: 'because',
        before: { state: 'suspended' },
        after: { state: 'active' },
      },
    },
    'POST /v1/people/{person}/link': {
      path: '/v1/people/audited-4/link',
      body: because,
      given: person('audited-4'),
      line: { action: 'person.link', reason: 'because', after: null },
    },
    'POST /v1/people/{person}/reset': {
      path: '/v1/people/audited-5/reset',
      body: because,
      given: person('audited-5'),
      line: { action: 'person.reset', reason: 'because', after: null },
    },
    'POST /v1/keys': {
      path: '/v1/keys',
      body: { name: 'audited', role: 'finance', ...because },
      line: { action: 'key.create', reason: 'because', after: { name: 'audited', role: 'finance' } },
    },
    'POST /v1/keys/{id}/revoke': {
      path: '/v1/keys/{audited-key}/revoke',
      body: because,
      given: async () => {
        const { id } = await stack().ok('POST', '/v1/keys', { name: 'audited-key', role: 'source', ...because });
        names.set('audited-key', id as string);
      },
      line: {
        action: 'key.revoke',
        reason: 'because',
        before: { name: 'audited-key', role: 'source', revoked: false },
        after: { name: 'audited-key', role: 'source', revoked: true },
      },
    },
  };
}
