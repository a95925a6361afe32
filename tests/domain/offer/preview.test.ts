/**
 * What an author sees of a template before anybody gets it agrees with what the send makes of it, and says where it is wrong.
 */
import { describe, expect, it } from '@jest/globals';
import { mailHtml, subjectOf } from '../../../src/domain/offer/mail-text.js';
import { previewTemplate } from '../../../src/domain/offer/preview.js';
import { prepareTemplate } from '../../../src/domain/offer/template.js';
import { masked, testAddressKind } from '../../../src/domain/offer/test-message.js';

const customer = (name: string) => ({ id: 'c1', zone: 'Asia/Seoul', attributes: { name } });
const information = { purpose: 'information', ending: null } as const;
const seen = (channel: 'sms' | 'lms' | 'email', body: string, name: string | null, title: string | null = null) =>
  previewTemplate({ channel, title, body }, information, name === null ? null : customer(name));

describe('the preview of a template', () => {
  it.each([
    ['a filter', 'a\n {{ customer.name | nosuch }}', 2, 2],
    ['a tag', 'ab {% for a in b %}{% endfor %}', 1, 4],
    ['an end that is missing', '\n\n{% if customer.name %}', 3, 1],
    ['what is not the customer’s', 'ab {{ order.id }}', 1, 7],
  ])('names line and column of %s', (_, body, line, column) => {
    expect(seen('lms', body, '민지')).toMatchObject({
      ok: false,
      body: null,
      faults: [{ pointer: '/body', line, column }],
    });
  });

  it('names where a text reads what this customer does not have, and never what it read before', () => {
    const { reason, faults } = seen('lms', '{{ customer.name }}\n{{ customer.grade }}', '민지');
    expect([reason, faults]).toEqual([
      'undefined_variable',
      [{ pointer: '/body', line: 2, column: 4, detail: 'undefined variable: customer.grade' }],
    ]);
  });

  it('is what the send renders, byte for byte, up to the limit of the channel', () => {
    const body = '{{ customer.name }}';
    for (const channel of ['sms', 'lms'] as const) {
      const max = channel === 'sms' ? 90 : 2_000;
      for (const length of [max / 2, max / 2 + 1]) {
        const name = '가'.repeat(length);
        const sent = prepareTemplate({ channel, title: null, body }, 'information')(customer(name));
        const preview = seen(channel, body, name);
        expect([preview.ok, preview.size?.bytes]).toEqual([sent.ok, length * 2]);
        expect([preview.body, preview.reason]).toEqual([name, sent.ok ? null : 'too_long']);
      }
    }
  });

  it('tells of nobody the least that a text can be, with the marks of advertising', () => {
    const marked = previewTemplate(
      { channel: 'sms', title: null, body: `${'가'.repeat(40)}{{ customer.name }}` },
      { purpose: 'advertising', ending: '은행 02-0000-0000' },
      null,
    );
    expect(marked).toMatchObject({ ok: false, faults: [], size: { bytes: 80 + 7 + 18, bytesMax: 90 } });
  });
});

describe('an e-mail', () => {
  it('has nothing of a value as markup', () => {
    const html = mailHtml('<script>1</script>\n<a href="javascript:1">x</a>', 'https://bank.example/u?a=1&b="2"');
    expect(html.match(/<[a-z]+/g)).toEqual(['<html', '<head', '<meta', '<body', '<p', '<br', '<p', '<a']);
    expect(html).toContain('href="https://bank.example/u?a=1&amp;b=&quot;2&quot;"');
  });

  it('has a subject of one line', () => {
    expect(subjectOf({ title: null, body: '\n(광고) 봄\r\nBcc: all@example.com' })).toBe('(광고) 봄');
  });
});

describe('an address of a test', () => {
  it('is shown so far that one knows one’s own by it', () => {
    expect([masked('phone', '+821012345678'), masked('email', 'minji@bank.example'), masked('push', 'abc')]).toEqual([
      '…5678',
      'm…@bank.example',
      '…c',
    ]);
  });

  it('is of a channel that somebody’s gateway carries', () => {
    expect(
      ['push', 'lms', 'alimtalk', 'email', 'banner', 'call', 'visit', 'post'].map((c) => testAddressKind(c as 'push')),
    ).toEqual(['push', 'phone', 'phone', 'email', null, null, null, null]);
  });
});
