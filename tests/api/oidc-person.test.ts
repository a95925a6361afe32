/**
 * Who somebody is by the claims of an identity provider: nothing that is not claimed as it should be gives a role or an e-mail.
 */
import { describe, expect, it } from '@jest/globals';
import { personOf } from '../../src/api/session/oidc-person.js';

const TERMS = {
  rolesClaim: 'groups',
  roles: { crm: ['marketer' as const], money: ['finance' as const, 'approver' as const] },
};
const of = (claims: object) => personOf({ iss: 'https://id', sub: 's', ...claims }, TERMS);

describe('a person by their claims', () => {
  it.each<[string, unknown, string[]]>([
    ['a list', ['money', 'crm', 'else'], ['marketer', 'approver', 'finance']],
    ['a text', 'crm', ['marketer']],
    ['nothing', undefined, []],
    ['what the map does not name', ['admin', 'constructor', '__proto__', 'toString'], []],
    ['no texts', [{ crm: true }, 1, null, ['crm']], []],
    ['an object', { crm: true }, []],
  ])('has roles by %s', (_, groups, roles) => {
    expect(of({ groups }).roles).toEqual(roles);
  });

  it('has an e-mail only where the provider has verified it', () => {
    const email = 'a@bank.example';
    const told = [true, false, 'true', undefined].map((verified) => of({ email, email_verified: verified }).email);
    expect(told).toEqual([email, null, null, null]);
  });

  it('has a name of one line, whatever is claimed', () => {
    expect(of({ name: 'Mina\n<b>' }).name).toBe('Mina <b>');
    expect([of({ name: ' ', preferred_username: 'mina' }).name, of({ name: 7 }).name]).toEqual(['mina', 's']);
    expect(of({ name: 'x'.repeat(999) }).name).toHaveLength(200);
  });
});
