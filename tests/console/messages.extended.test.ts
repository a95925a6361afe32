/**
 * Messages in a real Chromium on a real installation, in both languages: a text is written with completion, a fault is seen and mended, it grows out of an SMS into an LMS,
 * a test of it reaches its author's own phone, its versions are compared; and what a text or a name contains never runs.
 */
import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { customers, importCustomers } from '../support/campaigns.js';
import { openBrowser } from '../support/chromium.js';
import { decide, ENGLISH, Guests, HOSTILE, judge, sayIn, VIEWS } from '../support/console-guests.js';
import { Stack } from '../support/stack.js';
import { needs } from '../support/tiers.js';

const PACK = { pack: 'korea', sender: '파도은행', contact: '02-0000-0000', optOut: '무료수신거부 080-000-0000' };
const ENDING = `${PACK.sender} ${PACK.contact}\n${PACK.optOut}`;
const SCRIPT = `<script>document.title=1</script>${HOSTILE}<a href="javascript:document.title=1">x</a> {{ customer.name }}`;

needs('chromium')('messages on the console', () => {
  let stack: Stack;
  let browser: Browser;
  let guests: Guests;
  beforeAll(async () => {
    const pack = { PADO_POLICY_PACK: JSON.stringify(PACK) };
    // the worker seals what has committed, however long this takes
    [stack, browser] = await Promise.all([Stack.start({ env: { api: pack, worker: pack } }), openBrowser()]);
    guests = new Guests(stack, browser);
    await importCustomers(stack, [
      ...customers(1, () => ({ attributes: { name: '수민' } })),
      { id: 'hostile', attributes: { name: HOSTILE } },
    ]);
  });
  afterAll(async () => {
    await guests?.leave();
    await browser?.close();
    await stack?.stop();
  });

  /** Once the API has judged what is written. */
  const judged = async (page: Page, faults: number): Promise<void> =>
    await page.locator(`[data-judging=false][data-faults="${faults}"]`).first().waitFor();
  const shown = (page: Page, channel: string) => page.locator(`[data-mock-up=${channel}] [data-part=body]`);

  describe.each(VIEWS)('in $language', (view) => {
    const { language } = view;
    const say = sayIn(view);
    const summer = `summer-${language}`;
    const last = say('8888', '7777');
    const body = (page: Page) => page.getByRole('textbox', { name: say('본문', 'Text') });
    const saveAs = (version: number) => say(`버전 ${version}(으)로 저장`, `Save as version ${version}`);
    const saved = async (page: Page, version: number): Promise<void> => {
      await page.getByRole('button', { name: saveAs(version) }).click();
      await page.locator('[data-dirty=false]').waitFor();
    };

    it('lets a message be written with completion, a fault be mended, and grow from an SMS into an LMS', async () => {
      const came = await guests.comesIn(['marketer'], view);
      const { page } = came;
      await page
        .locator('nav')
        .getByRole('link', { name: say('메시지', 'Messages') })
        .click();
      await page
        .getByRole('link', { name: say('새 메시지', 'New message') })
        .first()
        .click();
      // the list has a field by that label, too
      await page.waitForURL(/\/new-message/);
      await page.getByLabel(new RegExp(say('^키', '^Key'))).fill(summer);
      await page.getByLabel(say('채널', 'Channel')).selectOption({ label: say('단문(SMS)', 'SMS') });
      await body(page).focus();
      await page.keyboard.type('{{ customer.na');
      // a list that is out of date is shown still, and a click on it does nothing
      const inForce = page.locator('.cm-tooltip-autocomplete:not(.cm-tooltip-autocomplete-disabled)');
      const offer = (name: string) =>
        inForce
          .getByRole('listbox', { name: say('여기에 쓸 수 있는 것', 'What may be written here') })
          .getByRole('option', { name });
      await offer('customer.name').click();
      await page.keyboard.type(' | jo');
      await offer('josa').click();
      await offer('이/가').waitFor();
      await judge(came, `message-completion-${language}`);
      await offer('이/가').click();
      await page.keyboard.type(' }} 기다린 여름 소식 / {{ customer.name | josaa }}');
      await judged(page, 1);
      await page.getByLabel(say('예시 고객 번호', 'Sample customer’s id')).fill('c00001');
      await judge(came, `message-fault-${language}`);
      const fault = page.getByRole('button', { name: say('쓸 수 없는 필터입니다: josaa', 'undefined filter: josaa') });
      await fault.click();
      await page.keyboard.press('Control+A');
      await page.keyboard.type("{{ customer.name | josa: '이/가' }} 기다린 여름 소식 / ? 여기까지입니다");
      await page.keyboard.press('Escape');
      await judged(page, 0);
      await page.getByText('수민이 기다린 여름 소식 / ? 여기까지입니다').waitFor();
      expect(await page.locator('.size').getAttribute('data-over')).toBe('false');
      await page.getByLabel(say('목적', 'Purpose')).selectOption({ label: say('광고', 'Advertising') });
      await page.locator('.size[data-over=true]').waitFor();
      const text = `(광고) 수민이 기다린 여름 소식 / ? 여기까지입니다\n${ENDING}`;
      expect(await shown(page, 'sms').textContent()).toBe(text);
      await judge(came, `message-too-long-${language}`);
      await page.getByRole('button', { name: say('장문(LMS)(으)로 바꾸기', 'Make it LMS') }).click();
      await shown(page, 'lms').waitFor();
      await page.locator('.size[data-over=false]').waitFor();
      await page.getByRole('button', { name: saveAs(1) }).click();
      await page.waitForURL(new RegExp(`/messages/${summer}\\?`));
      expect(await stack.ok('GET', `/v1/templates/${summer}`)).toMatchObject({
        version: 1,
        channel: 'lms',
        title: null,
        body: "{{ customer.name | josa: '이/가' }} 기다린 여름 소식 / ? 여기까지입니다",
      });
      expect(came.complaints).toEqual([]);
    });

    it('sends a test to its author’s own phone, keeps what is not saved, and compares versions', async () => {
      const came = await guests.comesIn(['marketer'], view);
      const { page } = came;
      const { name } = await stack.one<{ name: string }>(
        `select name from people where 'marketer' = any(roles) order by created_at desc limit 1`,
      );
      const admin = await guests.comesIn(['admin'], view);
      await admin.page.goto('/messages');
      await admin.page.getByRole('button', { name: say('수신자 추가', 'Add a person') }).click();
      const adding = admin.page.getByRole('dialog');
      await adding.getByLabel(say('이름', 'Person')).selectOption({ label: name });
      await adding.getByLabel(say('전화번호', 'Phone')).fill(`+82109999${last}`);
      await decide(admin.page, 'they write our messages', `message-recipient-${language}`, admin);
      await admin.page.getByText(`…${last}`).waitFor();
      await judge(admin, `messages-${language}`);

      await page.goto(`/messages/${summer}`);
      await body(page).focus();
      await page.keyboard.press('Control+End');
      await page.keyboard.type('!');
      await page.locator('[data-kept=true]').waitFor();
      await page.reload();
      await page.locator('[data-dirty=true]').waitFor();
      await judged(page, 0);
      await page.getByRole('button', { name: say('테스트 발송', 'Send a test') }).click();
      await page.getByRole('dialog').getByLabel('customer.name').fill('수민');
      await page.getByRole('button', { name: say(`${name} 님에게 테스트 발송`, `Send a test to ${name}`) }).waitFor();
      const before = (await stack.simulator.gateway.readBook()).filter(({ type }) => type === 'message').length;
      await decide(page, null, `message-test-${language}`, came);
      await page.locator('[data-test=accepted]').waitFor();
      const sent = (await stack.simulator.gateway.readBook()).filter(({ type }) => type === 'message').slice(before);
      expect(sent).toMatchObject([
        {
          channel: 'lms',
          bodySha256: hash('sha256', '수민이 기다린 여름 소식 / ? 여기까지입니다!', 'hex'),
          meta: { test: true },
        },
      ]);

      // the audit has the gateway's book before it, and finds who sent what is in it
      await stack.auditClean();

      await saved(page, 2);
      await page.locator('.text-difference ins').waitFor();
      expect(await page.locator('.text-difference ins').allTextContents()).toEqual(['!']);
      await judge(came, `message-versions-${language}`);
      // somebody else saves meanwhile
      await body(page).focus();
      await page.keyboard.press('Control+End');
      await page.keyboard.type('?');
      // and the page is not told before it saves, too
      const saving = page.waitForRequest((request) => request.method() === 'PUT');
      const of = (url: URL) => url.pathname === `/v1/templates/${summer}`;
      await page.route(of, async (route) => {
        if (route.request().method() === 'GET') await saving;
        await route.continue();
      });
      await stack.ok('PUT', `/v1/templates/${summer}`, { channel: 'lms', body: 'theirs' });
      await page.getByRole('button', { name: saveAs(3) }).click();
      await page
        .getByRole('dialog')
        .getByText(say('읽은 뒤에 내용이 바뀌었습니다', 'It has been changed since you read it'))
        .waitFor();
      await page.getByRole('button', { name: say('닫기', 'Close') }).click();
      await page.getByRole('button', { name: say('내 것으로 덮어쓰기', 'Keep mine over it') }).click();
      await saved(page, 4);
      const { items } = await stack.ok('GET', `/v1/templates/${summer}/versions`);
      expect(items.map(({ body: of }: { body: string }) => of.slice(-1))).toEqual(['?', 's', '!', '다']);
      expect(came.complaints).toEqual([]);
    });
  });

  it('runs nothing of what a text or a name contains', async () => {
    const came = await guests.comesIn(['marketer'], ENGLISH);
    const { page } = came;
    const title = await page.title();
    for (const channel of ['push', 'lms', 'alimtalk', 'email', 'popup', 'call']) {
      const content = { channel, title: channel === 'lms' ? null : HOSTILE, body: SCRIPT };
      await stack.ok('PUT', `/v1/templates/hostile-${channel}`, content, { as: 'marketer' });
      await page.goto(`/messages/hostile-${channel}?customer=hostile`);
      const mockUp = page.locator('[data-mock-up]');
      await mockUp.waitFor();
      if (channel === 'email') {
        const frame = mockUp.locator('iframe');
        expect(await frame.getAttribute('sandbox')).toBe('');
        expect(await frame.getAttribute('srcdoc')).not.toMatch(/<(script|img|a)\b/);
      } else expect(await mockUp.textContent()).toContain(SCRIPT.replace('{{ customer.name }}', HOSTILE));
      expect(await mockUp.locator('script, img, a').count()).toBe(0);
      await judge(came, `message-hostile-${channel}-en`);
      expect([title, await page.title()].map((one) => one.endsWith('Pado'))).toEqual([true, true]);
    }
    await page.goto('/messages');
    await page.getByText('hostile-email').waitFor();
    await judge(came, 'messages-hostile-en');
  });
});
