/**
 * A payment that two persons of finance take back in their browsers: what one proposes stands on the payout and in the list of approvals, and the other approves
 * what they have seen of it, and nothing that was proposed since.
 */
import { expect, it } from '@jest/globals';
import type { VisitOptions } from '../support/chromium.js';
import { decide, judge, sayIn, type Guests } from '../support/console-guests.js';
import type { Stack } from '../support/stack.js';

export function takenBackCases(desk: () => { stack: Stack; guests: Guests }, options: VisitOptions): void {
  const say = sayIn(options);
  const named = (name: string) => `${name}-${options.language}`;

  it('lets two persons take back a payment, the second one just what they have seen', async () => {
    const { stack, guests } = desk();
    const first = await guests.comesIn(['finance'], options);
    const second = await guests.comesIn(['finance'], options);
    const { key } = (await stack.ok('GET', '/v1/payouts?state=paid')).items[0] as { key: string };
    const approval = say('승인', 'Approve');
    await first.page.goto(`/payouts/${encodeURIComponent(key)}`);
    await first.page.getByRole('button', { name: say('회수 제안', 'Propose to take back') }).click();
    await decide(first.page, 'paid to the wrong one', named('reverse'), first);
    await first.page.getByText('paid to the wrong one').waitFor();
    expect(await first.page.getByRole('button', { name: approval, exact: true }).count()).toBe(0);
    await judge(first, named('payout-proposed'));

    await second.page.goto('/approvals');
    const row = second.page.locator('tr', { hasText: key });
    await row.getByText('paid to the wrong one').waitFor();
    await judge(second, named('proposals'));
    await row.getByRole('button', { name: approval, exact: true }).click();
    const dialog = second.page.getByRole('dialog');
    await dialog.waitFor();
    // something else is proposed while the dialog shows what it was
    const anew = { reason: 'paid twice' };
    const headers = { 'idempotency-key': named('anew') };
    await stack.ok('POST', `/v1/payouts/${key}/reverse`, anew, { as: 'finance', headers });
    await row.getByText(anew.reason).waitFor();
    await dialog.locator('button[type=submit]').click();
    await dialog
      .getByText(say('지금은 다른 내용이 제안되어 있습니다.', 'Something else is proposed by now.'))
      .waitFor();
    expect((await stack.ok('GET', `/v1/payouts/${key}`)).reversals).toEqual([]);
    await second.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await row.getByRole('button', { name: approval, exact: true }).click();
    await decide(second.page, null, named('reverse-approve'), second);
    await row.waitFor({ state: 'detached' });
    await first.page.locator('[data-state=reversed]').first().waitFor();
    const { reversals } = await stack.ok('GET', `/v1/payouts/${key}`);
    expect(reversals).toMatchObject([{ state: 'reversed', reason: anew.reason }]);
  });
}
