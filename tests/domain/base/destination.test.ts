/**
 * Where calls may go: every notation of an address is judged as the address it is, and what only looks public is not.
 */
import { describe, expect, it } from '@jest/globals';
import { ANY_KIND, destinationsSchema, hostFault, mayCall, urlFault } from '../../../src/domain/base/destination.js';

const PUBLIC = destinationsSchema.parse('public');
const BANK = destinationsSchema.parse('public, 10.20.0.0/16, fd12:3456::/32');

/** What no installation calls, and whether it is a machine's own credentials that would answer. */
const NEVER = [
  '169.254.169.254',
  '169.254.0.1',
  '::ffff:169.254.169.254',
  'fe80::1',
  'fd00:ec2::254',
  'fd20:ce::254',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '0.0.0.0',
  '::',
  '100.64.0.1',
  '192.0.2.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  'ff02::1',
  '2001:db8::1',
];
/** Which hide an address of IPv4 that is not public: compatible, 6to4, Teredo, NAT64. */
const HIDDEN = ['::7f00:1', '::ffff:0:127.0.0.1', '2002:7f00:1::', '2001:0:7f00:1::', '64:ff9b::7f00:1'];
const LOOPBACK = ['127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1', '::127.0.0.1', '0:0:0:0:0:ffff:7f00:1'];
const PRIVATE = ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fd12::1', '::ffff:10.0.0.1'];
const ROUTED = ['8.8.8.8', '172.32.0.1', '193.0.0.1', '2606:4700::1111', '::ffff:8.8.8.8'];

describe('an address', () => {
  it.each([...NEVER, ...HIDDEN])('%s is never called', (address) => {
    expect([mayCall(address, ANY_KIND), mayCall(address, PUBLIC)]).toEqual([false, false]);
  });

  it.each([...LOOPBACK, ...PRIVATE])(
    '%s is called where its kind is allowed, and not where only what is public is',
    (address) => {
      expect([mayCall(address, ANY_KIND), mayCall(address, PUBLIC)]).toEqual([true, false]);
    },
  );

  it.each(ROUTED)('%s is public', (address) => {
    expect(mayCall(address, PUBLIC)).toBe(true);
  });

  it('is allowed by a network of its own, mapped or not, and its neighbours are not', () => {
    const may = (address: string) => mayCall(address, BANK);
    expect(['10.20.3.4', '::ffff:10.20.3.4', 'fd12:3456::9'].map(may)).toEqual([true, true, true]);
    expect(['10.21.0.1', 'fd12:3457::9', '127.0.0.1'].map(may)).toEqual([false, false, false]);
    const everything = destinationsSchema.parse('0.0.0.0/0, ::/0');
    expect(['169.254.169.254', 'fd00:ec2::254', 'fe80::1'].map((one) => mayCall(one, everything))).toEqual([
      false,
      false,
      false,
    ]);
  });

  it.each(['', 'localhost', '2130706433', '0x7f000001', '0177.0.0.1', '127.1', '1.2.3', '1.2.3.4.5'])(
    'is not %j',
    (text) => expect(mayCall(text, ANY_KIND)).toBe(false),
  );
});

describe('a URL', () => {
  it.each([
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0177.0.0.1/',
    'http://0x7f.1/',
    'http://127.1/',
    'http://127.0.0.1./',
    'http://①②⑦.0.0.1/',
    'http://[::ffff:7f00:1]/',
    'http://[::1]:8080/',
  ])('%s is of the loopback', (url) => {
    expect([urlFault(url, PUBLIC), urlFault(url, ANY_KIND)]).toEqual([
      expect.stringContaining('PADO_DESTINATIONS'),
      null,
    ]);
  });

  it.each([
    ['http://169.254.169.254/latest/meta-data', 'lets nothing go'],
    ['http://0xa9fea9fe/', 'lets nothing go'],
    ['http://[fd00:ec2::254]/', 'lets nothing go'],
    ['http://0/', 'lets nothing go'],
    ['https://user:word@bank.example/', 'has a user or password'],
    ['https://user@bank.example/', 'has a user or password'],
    ['file:///etc/passwd', 'is not an address of http'],
    ['gopher://bank.example/', 'is not an address of http'],
    ['ftp://bank.example/', 'is not an address of http'],
    ['bank.example', 'is not an address of http'],
  ])('%s is refused', (url, why) => expect(urlFault(url, ANY_KIND)).toContain(why));

  it('with a name is judged when the name is looked up', () => {
    expect(['https://bank.example/x', 'http://localhost:1/'].map((url) => urlFault(url, PUBLIC))).toEqual([null, null]);
  });

  it('of another scheme than the web’s is refused in other notations, which its standard leaves as they are', () => {
    const of = (url: string) => hostFault(new URL(url).hostname, ANY_KIND);
    expect(['smtp://127.0.0.1', 'smtp://mail.example'].map(of)).toEqual([null, null]);
    expect(['smtp://2130706433', 'smtp://0x7f.1', 'smtp://169.254.169.254'].map(of)).not.toContain(null);
  });
});

it('what may be called is kinds and networks, and nothing else', () => {
  for (const text of ['', 'everything', '10.0.0.1', '10.0.0.0/33', 'public,,private'])
    expect(destinationsSchema.safeParse(text).success).toBe(false);
});
