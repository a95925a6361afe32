/**
 * What two persons of finance decide about payouts in their browsers: what one proposes stands on the payout and in the list of approvals, and the other approves
 * what they have seen of it, and nothing that was proposed since.
 */
import { expect, it } from '@jest/globals';
import type { VisitOptions } from '../support/chromium.js';
import { decide, judge, sayIn, type Guests } from '../support/console-guests.js';
import { until, type Stack } from '../support/stack.js';

export function payoutDecisionCases(desk: () => { stack: Stack; guests: Guests }, options: VisitOptions): void {
  const say = sayIn(options);
  const named = (name: string) => `${name}-${options.language}`;

  it('lets two persons take back a payment, the second one just what they have seen', async () => {
    const { stack, guests } = desk();
    const first = await guests.comesIn(['finance'], options);
    const second = await guests.comesIn(['finance'], options);
    const { key } = (await stack.ok('GET', '/v1/payouts?state=paid')).items[0] as { key: string };
    const approval = say('제안 승인', 'Approve the proposal');
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

  it('pays after all what was rejected, or waives it as two', async () => {
    const { stack, guests } = desk();
    const first = await guests.comesIn(['finance'], options);
    const rejected = async (): Promise<string> => {
      const { key } = (await stack.ok('GET', '/v1/payouts?state=held')).items[0] as { key: string };
      stack.simulator.provider.setFaults({ reject422: 1 });
      const headers = { 'idempotency-key': named(`rejected-${key}`) };
      await stack.ok('POST', `/v1/payouts/${key}/approve`, { reason: 'go' }, { as: 'finance', headers });
      const owed = async () => (await stack.ok('GET', `/v1/payouts/${key}`)).owed === 'open';
      await until('it is owed', owed);
      stack.simulator.provider.heal();
      return `/payouts/${encodeURIComponent(key)}`;
    };
    await first.page.goto(await rejected());
    await first.page.getByRole('button', { name: say('다시 지급', 'Pay it after all') }).click();
    await decide(first.page, 'the card works again', named('reissue'), first);
    await first.page.locator('[data-state=reissued]').waitFor();
    expect(await first.page.getByRole('button', { name: say('포기 제안', 'Propose to waive') }).count()).toBe(0);

    const waived = await rejected();
    await first.page.goto(waived);
    await first.page.getByRole('button', { name: say('포기 제안', 'Propose to waive') }).click();
    await decide(first.page, 'got a cake instead', named('waive'), first);
    await first.page.getByRole('button', { name: say('제안 취소', 'Take back the proposal') }).click();
    await decide(first.page, 'the cake was cold', named('waive-taken-back'), first);
    await first.page.getByText('got a cake instead').waitFor({ state: 'detached' });
    await first.page.getByRole('button', { name: say('포기 제안', 'Propose to waive') }).click();
    await decide(first.page, 'got another cake', named('waive-again'), first);
    const second = await guests.comesIn(['finance'], options);
    await second.page.goto(waived);
    await second.page.getByRole('button', { name: say('제안 승인', 'Approve the proposal'), exact: true }).click();
    await decide(second.page, null, named('waive-approve'), second);
    for (const { page } of [first, second]) await page.locator('[data-state=waived]').waitFor();
    await judge(second, named('payout-waived'));
  });

  it('settles what was tried by the word of the provider’s owner, as two', async () => {
    const { stack, guests } = desk();
    const [first, second] = [await guests.comesIn(['finance'], options), await guests.comesIn(['finance'], options)];
    const { key } = (await stack.ok('GET', '/v1/payouts?state=held')).items[0] as { key: string };
    const path = `/v1/payouts/${key}`;
    const post = (verb: string) =>
      stack.request(
        'POST',
        `${path}/${verb}`,
        { reason: 'test' },
        {
          as: 'finance',
          headers: { 'idempotency-key': named(`${verb}-${key}`) },
        },
      );
    stack.simulator.provider.setFaults({ tooMany429: 1 });
    expect((await post('approve')).status).toBe(200);
    await until('it was tried', async () => (await stack.ok('GET', path)).attempts.length > 0);
    await until('it is held between two attempts', async () => (await post('hold')).status === 200);
    stack.simulator.provider.heal();

    const at = `/payouts/${encodeURIComponent(key)}`;
    await first.page.goto(at);
    await first.page.getByRole('button', { name: say('처리 결과 제안', 'Propose to settle') }).click();
    const dialog = first.page.getByRole('dialog');
    await dialog.getByRole('textbox').first().fill('paper-1');
    await dialog.getByRole('radio').last().check();
    await decide(first.page, 'they have told us', named('settle'), first);
    await first.page.getByText('paper-1').waitFor();
    await second.page.goto(at);
    await second.page.getByText(say('거절된 것으로 처리', 'Settle as rejected')).waitFor();
    await second.page.getByRole('button', { name: say('제안 승인', 'Approve the proposal'), exact: true }).click();
    await decide(second.page, null, named('settle-approve'), second);
    await second.page.locator('[data-state=open]').waitFor();
    expect(await stack.ok('GET', path)).toMatchObject({ state: 'rejected', owed: 'open', proposed: null });
  });
}
