/**
 * The look-up of a name at each new connection: all its addresses are judged, and what was judged is what is connected to, so that a name cannot lead
 * elsewhere between the two (DNS rebinding).
 */
import { lookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { mayCall, type Destinations } from '../domain/base/destination.js';

export type Resolve = (
  hostname: string,
  options: { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** No connection was made: nothing was sent. */
export const FORBIDDEN_DESTINATION = 'PADO_FORBIDDEN_DESTINATION';

/** One address that may not be called refuses the name. Errors of the look-up itself go through. */
export function guardedLookup(destinations: Destinations, resolve: Resolve = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error || !first) return callback(error ?? forbidden(), []);
      if (!addresses.every(({ address }) => mayCall(address, destinations))) return callback(forbidden(), []);
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };
}

function forbidden(): NodeJS.ErrnoException {
  return Object.assign(new Error('a name leads to where nothing may go'), { code: FORBIDDEN_DESTINATION });
}
