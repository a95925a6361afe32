/**
 * The SMTP channel against a real mail server: what a mail looks like, and what every way in which a server can end a message means for law 10.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { OutgoingMessage, SubmitOutcome } from '../../src/channels/gateway.js';
import type { Resolve } from '../../src/channels/guarded-lookup.js';
import { SmtpGateway } from '../../src/channels/smtp.channel.js';
import { gatewaySchema } from '../../src/config-systems.js';
import type { LinkTerms, SmtpGatewayConfig } from '../../src/config.js';
import { destinationsSchema, type Destinations } from '../../src/domain/base/destination.js';
import { openToken } from '../../src/domain/offer/unsubscribe.js';
import { ROOT } from '../support/sources.js';
import { MailServer, type Does, type Stage } from '../support/mail-server.js';

const SECRET = Buffer.alloc(32, 7).toString('base64');
const LINKS: LinkTerms = { publicUrl: 'https://bank.example', secrets: [SECRET] };
const AT = new Date('2026-03-03T01:00:00Z');
const ID = 'm/abcdefghijklm/send/1/c00001';

const message = (over: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  id: ID,
  channel: 'email',
  to: 'minji@example.com',
  title: '(광고) 새 소식',
  body: '민지님, <b>새</b> 소식 & 더\n파도은행 02-000-0000',
  template: 'news@1',
  advertising: true,
  notAfter: '2026-03-03T07:00:00Z',
  meta: { customer: 'c00001', run: 'abcdefghijklm', node: 'send', wave: 1 },
  ...over,
});

/** In a process of its own, which knows these authorities too: null, or why no session was opened. Every name leads here. */
async function openedElsewhere(url: string, authorities: string): Promise<unknown> {
  const program = `
    const { SmtpSession } = await import(${JSON.stringify(join(ROOT, 'dist/src/channels/smtp-session.js'))});
    const here = (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);
    const session = new SmtpSession({ url: ${JSON.stringify(url)}, tls: 'required', timeoutMs: 5_000 }, here);
    console.log(JSON.stringify(await session.open()));
    session.close();`;
  const env = { ...process.env, NODE_OPTIONS: '', NODE_EXTRA_CA_CERTS: authorities };
  const args = ['--input-type=module', '--eval', program];
  return JSON.parse((await promisify(execFile)(process.execPath, args, { env })).stdout);
}

describe('the SMTP channel', () => {
  let server: MailServer | null = null;
  let gateway: SmtpGateway | null = null;
  afterEach(async () => {
    gateway?.close();
    await server?.close();
    [server, gateway] = [null, null];
  });

  function over(
    port: number,
    config: object = {},
    links: LinkTerms | null = LINKS,
    ...leadsTo: [Destinations?, Resolve?]
  ): SmtpGateway {
    const given = {
      type: 'smtp',
      name: 'mail',
      url: `smtp://127.0.0.1:${port}`,
      from: { address: 'news@bank.example', name: '파도은행' },
      tls: 'none',
    };
    gateway = new SmtpGateway(
      gatewaySchema.parse({ ...given, timeoutMs: 2_000, ...config }) as SmtpGatewayConfig,
      links,
      ...leadsTo,
    );
    return gateway;
  }
  /** The server does this at this stage, always or until `times` have been. */
  async function startServer(at?: Stage, does: Does = null, times = Infinity): Promise<MailServer> {
    let left = times;
    server = await MailServer.start((stage) => (stage === at && (left -= 1) >= 0 ? does : null));
    return server;
  }
  const submit = (own: SmtpGateway, one = message()) => own.submit([one], 1, AT);
  const resultOf = (outcome: SubmitOutcome) =>
    outcome.kind === 'answered' ? [...outcome.results.values()][0] : outcome;

  describe('sends a mail', () => {
    it('with text and HTML of the same words, markup of values shown and not followed, and a Message-ID of the slot', async () => {
      const { port, took } = await startServer();
      const outcome = await submit(over(port));
      const [{ mail, to }] = took as [(typeof took)[number]];
      expect(to).toBe('minji@example.com');
      expect(mail.subject).toBe('(광고) 새 소식');
      expect(mail.from?.value).toEqual([{ address: 'news@bank.example', name: '파도은행' }]);
      expect(mail.text).toContain('민지님, <b>새</b> 소식 & 더\n파도은행 02-000-0000');
      expect(mail.html).toContain('민지님, &lt;b&gt;새&lt;/b&gt; 소식 &amp; 더<br>\n파도은행 02-000-0000');
      expect(mail.messageId).toMatch(/^<[0-9a-f]{40}@bank\.example>$/);
      expect(mail.date).toEqual(AT);
      expect(resultOf(outcome)).toEqual({ status: 'accepted', reason: null, reference: mail.messageId });
      await submit(over(port));
      await submit(over(port), message({ id: `${ID}x` }));
      const ids = took.map(({ mail: { messageId } }) => messageId);
      expect([ids[1] === ids[0], ids[2] === ids[0]]).toEqual([true, false]);
    });

    it('of advertising with the one-click link of RFC 8058, which opens to the message and names nobody', async () => {
      const { port, took } = await startServer();
      await submit(over(port));
      const [{ mail, raw }] = took as [(typeof took)[number]];
      const header = /^List-Unsubscribe: <(https:\/\/bank\.example\/v1\/unsubscribe\/([\w-]+))>\r$/m.exec(
        raw.replaceAll(/\r\n[ \t]+/g, ' '),
      );
      const [, url = '', token = ''] = header ?? [];
      expect(openToken([SECRET], token)).toBe(ID);
      expect(raw).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m);
      expect(mail.text).toContain(url);
      expect(mail.html).toContain(`href="${url}"`);
      expect(Buffer.from(token, 'base64url').toString('latin1')).not.toContain('c00001');
    });

    it('of information without one', async () => {
      const { port, took } = await startServer();
      await submit(over(port, {}, null), message({ advertising: false, title: null }));
      expect(took[0]?.raw).not.toMatch(/unsubscribe/i);
      expect(took[0]?.mail.subject).toBe('민지님, <b>새</b> 소식 & 더');
    });

    it('over one connection after the other, and over a new one where the server has closed it', async () => {
      const own = await startServer();
      const gate = over(own.port);
      await submit(gate);
      await submit(gate);
      expect(own.connections).toBe(1);
      own.cut();
      expect(resultOf(await submit(gate))).toMatchObject({ status: 'accepted' });
      expect([own.connections, own.took.length]).toEqual([2, 3]);
    });

    it('as the user that its address names', async () => {
      server = await MailServer.start((stage) => (stage === 'auth' ? null : null), { authOptional: false });
      const url = `smtp://pado:${encodeURIComponent('p@ss/word')}@127.0.0.1:${server.port}`;
      expect(resultOf(await submit(over(server.port, { url })))).toMatchObject({ status: 'accepted' });
    });
  });

  it.each<[string, Partial<OutgoingMessage>, LinkTerms | null, string]>([
    ['a line break in the title', { title: '(광고)\r\nBcc: all@example.com' }, LINKS, 'unsafe_title'],
    ['a line break in the address', { to: 'a@example.com\r\nRCPT TO:<b@example.com>' }, LINKS, 'bad_address'],
    ['two addresses', { to: 'a@example.com, b@example.com' }, LINKS, 'bad_address'],
    ['an address that closes its bracket', { to: 'a@example.com> SIZE=1' }, LINKS, 'bad_address'],
    ['advertising that has no way to refuse', {}, null, 'no_unsubscribe_link'],
  ])('refuses %s before it speaks to anybody', async (_, given, links, reason) => {
    const own = await startServer();
    expect(resultOf(await submit(over(own.port, {}, links), message(given)))).toEqual({
      status: 'rejected',
      reason,
      reference: null,
    });
    expect(own.connections).toBe(0);
  });

  it('sends a value that looks like a header as the text that it is', async () => {
    const { port, took } = await startServer();
    await submit(over(port), message({ body: 'hi\r\n.\r\nRSET\r\nBcc: all@example.com\r\n\r\n.hidden' }));
    expect(took).toHaveLength(1);
    expect(took[0]?.mail.text).toContain('hi\n.\nRSET\nBcc: all@example.com\n\n.hidden');
    expect(took[0]?.mail.bcc).toBeUndefined();
  });

  const rejected = (code: number) => ({ status: 'rejected', reason: `smtp_${code}`, reference: null });
  it.each<[Stage, Does, unknown]>([
    ['rcpt', 550, rejected(550)],
    ['content', 554, rejected(554)],
    ['rcpt', 450, { kind: 'delayed', retryAfterMs: 120_000 }],
    ['content', 451, { kind: 'delayed', retryAfterMs: 120_000 }],
    ['content', 421, { kind: 'delayed', retryAfterMs: 120_000 }],
    ['mail', 451, { kind: 'later', retryAfterMs: 10_000 }],
    ['connect', 421, { kind: 'later', retryAfterMs: 10_000 }],
    ['rcpt', 421, { kind: 'later', retryAfterMs: 10_000 }],
    ['mail', 550, { kind: 'refused', status: 550 }],
    ['connect', 'cut', { kind: 'later', retryAfterMs: 10_000 }],
    ['mail', 'cut', { kind: 'later', retryAfterMs: 10_000 }],
    ['rcpt', 'cut', { kind: 'later', retryAfterMs: 10_000 }],
    ['rcpt', 'hang', { kind: 'later', retryAfterMs: 10_000 }],
    ['content', 'cut', { kind: 'unknown' }],
    ['content', 'taken-cut', { kind: 'unknown' }],
    ['content', 'hang', { kind: 'unknown' }],
  ])('tells what a server that answers %s with %s has done', async (stage, does, expected) => {
    const own = await startServer(stage, does);
    expect(resultOf(await submit(over(own.port, { timeoutMs: does === 'hang' ? 2_000 : 30_000 })))).toEqual(expected);
    expect(own.took).toHaveLength(does === 'taken-cut' ? 1 : 0);
  });

  it('takes a refused user and a missing STARTTLS for faults of ours, and a server that is not there for one to come', async () => {
    const own = await startServer('auth', 535);
    const url = `smtp://pado:wrong@127.0.0.1:${own.port}`;
    expect(await submit(over(own.port, { url }))).toEqual({ kind: 'refused', status: 535 });
    expect((await submit(over(own.port, { tls: 'required' }))).kind).toBe('refused');
    const { port } = own;
    await own.close();
    expect(await submit(over(port))).toEqual({ kind: 'later', retryAfterMs: 10_000 });
  });

  it.each([
    ['the loopback where that may be called', 'loopback', ['127.0.0.1'], 1],
    ['the loopback where it may not', 'public, private', ['127.0.0.1'], 0],
    ['credentials of a machine', 'public, private', ['169.254.169.254'], 0],
    ['what may be called, and what may not', 'loopback', ['127.0.0.1', '10.0.0.1'], 0],
    ['nowhere', 'loopback', [], 0],
  ])('judges a server whose name leads to %s, at each connection', async (_, destinations, addresses, mails) => {
    const own = await startServer();
    const resolve: Resolve = (_name, _options, callback) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      );
    const url = `smtp://mail.bank.test:${own.port}`;
    const outcome = await submit(over(own.port, { url }, LINKS, destinationsSchema.parse(destinations), resolve));
    expect(outcome.kind).toBe(mails === 1 ? 'answered' : 'later');
    expect([own.connections, own.took.length]).toEqual([mails, mails]);
  });

  describe('over TLS from the start', () => {
    const file = (name: string) => join(ROOT, 'tests/fixtures/mail-server', `${name}.pem`);

    it.each([
      ['its own certificate, once that is known', 'mail.bank.test', file('certificate'), null],
      ['another’s certificate', 'other.bank.test', file('certificate'), { kind: 'later' }],
      ['a certificate that nobody knows', 'mail.bank.test', '', { kind: 'later' }],
    ])('signs in at a server with %s', async (_, host, known, opened) => {
      const [key, cert] = [readFileSync(file('key')), readFileSync(file('certificate'))];
      server = await MailServer.start(() => null, { secure: true, key, cert });
      const url = `smtps://pado:secret@${host}:${server.port}`;
      expect(await openedElsewhere(url, known)).toEqual(opened);
      expect(server.connections).toBe(opened === null ? 1 : 0);
    });
  });

  it('cannot be asked', async () => {
    const own = await startServer();
    expect(await over(own.port).lookup()).toEqual({ kind: 'absent' });
  });
});
