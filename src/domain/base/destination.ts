/**
 * Where calls of ours may go: an address is judged by its kind, however it is written. What is neither public, private nor loopback (link-local,
 * multicast, reserved, carriers' own, tunnels that hide another address) is never called, and neither is what tells a machine its own credentials.
 */
import ipaddr from 'ipaddr.js';
import { z } from 'zod';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];
const KINDS = ['public', 'private', 'loopback'] as const;
type Kind = (typeof KINDS)[number];

export interface Destinations {
  kinds: ReadonlySet<Kind>;
  /** In CIDR: allowed whatever their kind. */
  networks: readonly Network[];
}

/** Comma-separated kinds and networks in CIDR. */
export const destinationsSchema = z.string().transform((text, ctx): Destinations => {
  const kinds = new Set<Kind>();
  const networks: Network[] = [];
  for (const word of text.split(',').map((one) => one.trim())) {
    if (isKind(word)) kinds.add(word);
    else if (ipaddr.isValidCIDR(word)) networks.push(ipaddr.parseCIDR(word));
    else ctx.addIssue({ code: 'custom', message: `is of ${KINDS.join(', ')} and networks in CIDR` });
  }
  return { kinds, networks };
});
const isKind = (word: string): word is Kind => (KINDS as readonly string[]).includes(word);

/** What the systems of an operator may be; a narrower one is for PADO_DESTINATIONS to say. */
export const ANY_KIND: Destinations = { kinds: new Set(KINDS), networks: [] };

/** Credentials of machines in clouds (AWS, GCP, Alibaba, Azure, Oracle) where the address is not link-local. */
const METADATA = ['fd00:ec2::/32', 'fd20:ce::/32', '100.100.100.200/32', '168.63.129.16/32', '192.0.0.192/32'].map(
  (network) => ipaddr.parseCIDR(network),
);
/** Of IPv6 all that is routed anywhere. */
const ROUTED = ipaddr.parseCIDR('2000::/3');

const isWithin = (address: Address, network: Network): boolean =>
  address.kind() === network[0].kind() && address.match(network);

function kindOf(address: Address): Kind | null {
  switch (address.range()) {
    case 'loopback':
      return 'loopback';
    case 'private':
    case 'uniqueLocal':
      return 'private';
    case 'unicast':
      return address.kind() === 'ipv4' || isWithin(address, ROUTED) ? 'public' : null;
    default:
      return null;
  }
}

/** `address`: of IPv4 in four decimals, or of IPv6; what is neither may not be called. */
export function mayCall(address: string, { kinds, networks }: Destinations): boolean {
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) return false;
  const judged = ipaddr.process(address); // an IPv4 address mapped into IPv6 is itself
  if (judged.range() === 'linkLocal' || METADATA.some((network) => isWithin(judged, network))) return false;
  const kind = kindOf(judged);
  return (kind !== null && kinds.has(kind)) || networks.some((network) => isWithin(judged, network));
}

/** What is wrong with a URL to be called, as far as it can be told without a look-up of its name. */
export function urlFault(text: string, destinations: Destinations): string | null {
  const url = URL.parse(text);
  if (!url || !['http:', 'https:'].includes(url.protocol)) return 'is not an address of http or https';
  if (url.username !== '' || url.password !== '') return 'has a user or password';
  return hostFault(url.hostname, destinations);
}

/** `hostname`: as the URL standard writes it, which turns every notation of IPv4 into four decimals. */
export function hostFault(hostname: string, destinations: Destinations): string | null {
  const literal = hostname.replace(/^\[|\]$/g, '');
  if (!ipaddr.isValid(literal)) return null;
  return mayCall(literal, destinations) ? null : 'leads to where PADO_DESTINATIONS lets nothing go';
}
