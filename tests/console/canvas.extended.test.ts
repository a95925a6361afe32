/**
 * The campaign canvas in a real Chromium on a real installation, in both languages: a campaign of two waves is built by the mouse, and another one by keys alone; a fault is
 * seen and mended, the draft saved, its versions compared, its YAML edited; and the API has the same definition.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { customers, defineBasics, importCustomers, launch, twoWaves } from '../support/campaigns.js';
import { makeChanges } from '../support/canvas-changes.js';
import { openBrowser, type Visit, type VisitOptions } from '../support/chromium.js';
import { ENGLISH, Guests, judge, sayIn, VIEWS } from '../support/console-guests.js';
import { longCampaign } from '../support/long-campaign.js';
import { oneTimeLink } from '../support/sign-in.js';
import { Stack } from '../support/stack.js';
import { needs } from '../support/tiers.js';

/** The label's words, with or without the mark of what is needed. */
const exactly = (label: string) => new RegExp(`^${label.replaceAll(/[()]/g, '\\$&')}( \\*)?$`);

needs('chromium')('the campaign canvas', () => {
  let stack: Stack;
  let browser: Browser;
  let guests: Guests;

  beforeAll(async () => {
    [stack, browser] = await Promise.all([Stack.start(), openBrowser()]);
    guests = new Guests(stack, browser);
    await defineBasics(stack);
    await importCustomers(stack, customers(2));
    for (const { language } of VIEWS) await launch(stack, twoWaves({ key: `spring-${language}`, span: 'P2D' }));
  });
  afterAll(async () => {
    await guests?.leave();
    await browser?.close();
    await stack?.stop();
  });

  const marketer = (options: VisitOptions): Promise<Visit> => guests.comesIn(['marketer'], options);

  /** As many as are wrong once the API has judged what is there. */
  const faults = async (page: Page, count: number): Promise<void> => {
    await page.locator(`[data-judging=false]`).waitFor();
    await page.locator(`[data-faults="${count}"]`).waitFor();
  };
  const panel = (page: Page) => page.locator('#panel');
  const field = (page: Page, label: string) =>
    panel(page)
      .locator('input, select')
      .and(page.getByLabel(exactly(label)))
      .first();

  describe.each(VIEWS)('in $language', (view) => {
    const { language } = view;
    const say = sayIn(view);
    const summer = `summer-${language}`;
    const spring = `spring-${language}`;
    const saveAs = (revision: number) => say(`수정 번호 ${revision}(으)로 저장`, `Save as revision ${revision}`);

    it('lets a campaign of two waves be built by the mouse, a fault be mended, and saves what the API then has', async () => {
      const came = await marketer(view);
      const { page } = came;
      await page.goto('/campaigns');
      await page
        .getByRole('link', { name: say('새 캠페인', 'New campaign') })
        .first()
        .click();
      await page.locator('[data-node=exit-1]').waitFor();
      await field(page, say('키', 'Key')).fill(summer);
      await field(page, say('이름', 'Name')).fill('여름 캐시백');
      await field(page, say('세그먼트', 'Segment')).fill('everyone');
      /** The way of this node is clicked, and a node of this kind put on it. */
      const put = async (edge: string, kind: string, id: string): Promise<void> => {
        const way = page.locator(`.react-flow__edge[data-id="${edge}"] .react-flow__edge-interaction`);
        await way.waitFor({ state: 'attached' });
        await way.dispatchEvent('click');
        await panel(page).getByRole('button', { name: kind, exact: true }).click();
        await page.locator(`[data-node="${id}"][data-chosen]`).waitFor();
      };
      await put(' start', say('발송', 'Send'), 'send-1');
      await field(page, say('템플릿', 'Template')).fill('hello-typo');
      await put('send-1 next', say('대기', 'Wait'), 'wait-1');
      await panel(page)
        .getByLabel(say('항목 추가', 'Add a field'), { exact: true })
        .selectOption({ label: say('기다릴 반응', 'Waits for') });
      await panel(page).getByLabel(say('추가: 항목 추가', 'Add: Add a field'), { exact: true }).click();
      await field(page, say('이벤트', 'Event')).fill('purchase');
      await put('wait-1 next', say('분기', 'Branch'), 'branch-1');
      await put('branch-1 yes', say('보상', 'Reward'), 'reward-1');
      await field(page, say('예산', 'Budget')).fill('main');
      await panel(page).locator('[data-note=budget]', { hasText: '₩1,000,000,000' }).waitFor();
      await field(page, say('지급사', 'Provider')).fill('sim-pay');
      await put('branch-1 no', say('발송', 'Send'), 'send-2');
      await field(page, say('템플릿', 'Template')).fill('hello');
      await faults(page, 1);
      await page.locator('[data-node=send-1][data-faulty]').waitFor();
      await judge(came, `canvas-fault-${language}`);
      // the list leads to the field
      await page.locator('.fault').click();
      await page.locator('[data-node=send-1][data-chosen]').waitFor();
      await page.locator('#field-template:focus').waitFor();
      expect(await field(page, say('템플릿', 'Template')).getAttribute('aria-invalid')).toBe('true');
      await page.keyboard.press('Control+A');
      await page.keyboard.type('hello');
      await faults(page, 0);
      // a way is led elsewhere by drawing it, and that is undone and done again
      await page.getByRole('button', { name: say('화면에 맞추기', 'Fit into view') }).click();
      const handle = page.locator('[data-node=send-2] [data-handleid=next]');
      await handle.dragTo(page.locator('[data-node=branch-1] .react-flow__handle-top'));
      await page
        .locator('.react-flow__edge[data-id="send-2 next"][aria-label$="→ branch-1"]')
        .waitFor({ state: 'attached' });
      await page.getByRole('button', { name: say('실행 취소', 'Undo') }).click();
      await page
        .locator('.react-flow__edge[data-id="send-2 next"][aria-label$="→ exit-1"]')
        .waitFor({ state: 'attached' });
      expect(await page.getByRole('button', { name: say('다시 실행', 'Redo') }).isEnabled()).toBe(true);
      await judge(came, `canvas-${language}`);
      await page.getByRole('button', { name: saveAs(1) }).click();
      await page.waitForURL(new RegExp(`/campaigns/${summer}/edit`));
      await page.locator('[data-dirty=false]').waitFor();
      const stored = await stack.ok('GET', `/v1/campaigns/${summer}`);
      expect(stored).toMatchObject({ revision: 1, name: '여름 캐시백', draft: { segment: 'everyone' } });
      expect(stored.draft.journey).toMatchObject({
        start: 'send-1',
        nodes: {
          'send-1': { type: 'send', template: 'hello', channel: 'push', next: 'wait-1' },
          'wait-1': { type: 'wait', span: 'P1D', response: { event: 'purchase' }, next: 'branch-1' },
          'branch-1': { type: 'branch', on: { responded: 'wait-1' }, yes: 'reward-1', no: 'send-2' },
          'reward-1': { type: 'reward', budget: 'main', provider: 'sim-pay', next: 'exit-1' },
          'send-2': { type: 'send', template: 'hello', next: 'exit-1' },
          'exit-1': { type: 'exit' },
        },
      });
      const judged = await stack.ok('POST', `/v1/campaigns/${summer}/validate`, undefined, { as: 'marketer' });
      expect(judged).toMatchObject({ valid: true, state: 'validated' });
    });

    it('lets a launched campaign be changed in the outline by keys alone, and shows what differs', async () => {
      const came = await marketer(view);
      const { page } = came;
      await page.goto(`/campaigns/${spring}`);
      await page.getByRole('link', { name: say('편집', 'Edit') }).click();
      await page.locator('[data-node=send-1]').waitFor();
      await judge(came, `canvas-launched-${language}`);
      await page.goto(`/campaigns/${spring}/edit?view=outline`);
      await page.locator('[data-row=send-1] button').focus();
      await page.keyboard.press('Enter');
      await page.locator('[data-row=send-1][data-chosen]').waitFor();
      await page.keyboard.press('End');
      await page.keyboard.press('Home');
      for (const id of ['wait-1', 'bought-1', 'reward-1', 'send-2']) {
        await page.keyboard.press('ArrowDown');
        await page.locator(`[data-row=${id}] button:focus`).waitFor();
      }
      await judge(came, `outline-${language}`);
      await page.keyboard.press('Enter');
      await page.locator('#panel input:focus').waitFor();
      await panel(page)
        .getByLabel(say('여기에 노드 추가: 다음으로', 'Add a node here: Leads to'), { exact: true })
        .focus();
      // what is typed finds an option by its first letters, in English alone
      const kind = panel(page).locator('select:focus');
      for (let n = 0; n < 20 && (await kind.inputValue()) !== 'wait'; n += 1) await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.locator('[data-row=wait-3][data-chosen]').waitFor();
      await panel(page).getByLabel(say('다음으로', 'Leads to'), { exact: true }).focus();
      await page.keyboard.press('Control+z');
      await page.locator('[data-row=wait-3]').waitFor({ state: 'detached' });
      await page.keyboard.press('Control+Shift+z');
      await page.locator('[data-row=wait-3]').waitFor();
      await page.locator('[data-row=reward-2] button').focus();
      await page.keyboard.press('Enter');
      await page.locator('[data-row=reward-2][data-chosen]').waitFor();
      await page.locator('[data-row=reward-2] button').focus();
      await page.keyboard.press('Delete');
      await page.locator('[data-row=reward-2]').waitFor({ state: 'detached' });
      // keys go on from where it was
      await page.locator('[data-row][data-chosen] button:focus').waitFor();
      // whoever comes to the end would have nowhere to go
      await page.locator('[data-row=done] button').focus();
      await page.keyboard.press('Delete');
      await page.locator('[data-row=done] button:focus').waitFor();
      await page.locator('[data-kept=true]').waitFor();
      await page.reload();
      await page
        .getByText(say('저장하지 않은 변경을 다시 불러왔습니다', 'Your changes that were not saved are here again'))
        .waitFor();
      await page.locator('[data-row=wait-3]').waitFor();
      // somebody else saves; nothing is overwritten unasked
      const theirs = { ...twoWaves({ key: spring, span: 'P2D' }), hypothesis: 'theirs' };
      const headers = { 'if-match': '"1"' };
      await stack.ok('PUT', `/v1/campaigns/${spring}`, theirs, { as: 'marketer', headers });
      await page.reload();
      await page.getByText(say('그사이 캠페인이 바뀌었습니다', 'The campaign was changed meanwhile')).waitFor();
      expect(await page.getByRole('button', { name: new RegExp(say('수정 번호', '^Save as')) }).isDisabled()).toBe(
        true,
      );
      await judge(came, `conflict-${language}`);
      await page.getByRole('button', { name: say('내 것으로 덮어쓰기', 'Keep mine, over theirs') }).click();
      await page.getByRole('button', { name: saveAs(3) }).click();
      await page.locator('[data-dirty=false]').waitFor();
      const { draft } = await stack.ok('GET', `/v1/campaigns/${spring}`);
      expect(draft.journey.nodes).toMatchObject({ 'send-2': { next: 'wait-3' }, 'wait-3': { next: 'wait-2' } });
      expect(draft.journey.nodes['reward-2']).toBeUndefined();
      await page.getByText(say('비교', 'Compare'), { exact: true }).click();
      await page.locator('[data-difference=wait-3] [data-fate=added]').waitFor();
      await page.locator('[data-difference=reward-2] [data-fate=removed]').waitFor();
      await page.locator('[data-difference=send-2] [data-fate=changed]').waitFor();
      await page.locator('.flow-node[data-node=reward-2][data-fate=removed]').waitFor();
      await judge(came, `compare-${language}`);
      const version = await stack.ok('GET', `/v1/campaigns/${spring}/versions/1`);
      expect(version.draft.journey.nodes['reward-2']).toMatchObject({ type: 'reward' });
    });

    it('has the campaign as YAML, there and back, comments and all', async () => {
      const came = await marketer(view);
      const { page } = came;
      await page.goto(`/campaigns/${summer}/edit?view=yaml`);
      const text = page.getByLabel(say('YAML로 쓴 캠페인', 'The campaign as YAML'));
      await text.fill((await text.inputValue()).replace('purpose:', '# 법무팀 확인\npurpose:').replace('P1D', 'P3D'));
      await page.getByRole('button', { name: say('캔버스에 적용', 'Apply to the canvas') }).click();
      await page.getByText(say('목록', 'Outline'), { exact: true }).click();
      await page.locator('[data-row=wait-1]', { hasText: 'P3D' }).locator('button').click();
      await field(page, say('기간 (ISO 8601)', 'For (ISO 8601)')).fill('P4D');
      await page.getByText(say('YAML 편집', 'YAML'), { exact: true }).click();
      expect(await text.inputValue()).toContain('# 법무팀 확인\npurpose:');
      expect(await text.inputValue()).toContain('span: P4D');
      await judge(came, `yaml-${language}`);
      await text.fill('journey: [');
      await page.getByText(say('1행:', 'Line 1:')).waitFor();
      expect(await page.getByRole('button', { name: say('캔버스에 적용', 'Apply to the canvas') }).isDisabled()).toBe(
        true,
      );
    });
  });

  it('keeps what is not saved for the person who edits it, and for nobody else at the same browser', async () => {
    const { page } = await marketer(ENGLISH);
    const begin = async () => {
      await page.goto('/campaigns');
      await page.getByRole('link', { name: 'New campaign' }).first().click();
      await page.locator('[data-node=exit-1]').waitFor();
    };
    await begin();
    await field(page, 'Key').fill('mine');
    // at once: the page keeps it as it goes
    await page.reload();
    await page.locator('[data-node=exit-1]').waitFor();
    expect(await field(page, 'Key').inputValue()).toBe('mine');
    await page.getByRole('button', { name: /^Person/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.waitForURL(/\/sign-in/);
    await page.goto(await oneTimeLink(stack, ['marketer']));
    await page.locator('nav').waitFor();
    await begin();
    expect(await field(page, 'Key').inputValue()).toBe('');
  });

  it('says how long a change of 300 nodes takes until it is painted', async () => {
    await stack.ok('PUT', '/v1/campaigns/long', longCampaign('long'), {
      as: 'marketer',
      headers: { 'if-none-match': '*' },
    });
    const { page, complaints } = await marketer(ENGLISH);
    await page.goto('/campaigns/long/edit');
    await page.locator('[data-node=send-1]').waitFor();
    const changes = await makeChanges(page, 1);
    expect(await field(page, 'Template').count()).toBe(0);
    const told = changes.map(({ kind, seenMs, laterMs }) => `${kind} ${Math.round(seenMs)} (${Math.round(laterMs)})`);
    console.log(`300 nodes, ms from change to paint (and the longest frame after it): ${told.join(', ')}`);
    expect(complaints).toEqual([]);
  });
});
