/**
 * The control of our own simulator, beside the protocol that it speaks as a provider: it misbehaves for a while, as a demonstration asks for.
 */
import type { Destinations } from '../domain/base/destination.js';
import type { Secrets } from '../domain/base/secrets.js';
import { SignedHttp } from '../channels/signed-http.js';

/** It pays and says nothing, and cannot be asked either. */
const PAID_THEN_SILENT = { hangAfterActing: 1, lookupUnavailable: 1, acceptThenCallback: 0 };

export class SimulatedProvider {
  private readonly http: SignedHttp;

  constructor(config: { url: string; secret: Secrets; timeoutMs: number }, destinations?: Destinations) {
    this.http = new SignedHttp(config, destinations);
  }

  /** Until `forMs` are over, when it is as it was; 0: at once. False: it was not reached, or knows nothing of that. */
  async paidThenSilent(forMs: number, signedAt: Date): Promise<boolean> {
    const body = JSON.stringify({ faults: PAID_THEN_SILENT, forMs });
    const id = `faults-${signedAt.getTime()}`;
    const reply = await this.http.call({ method: 'POST', path: '/faults', body, id, signedAt });
    return reply.kind === 'answer' && reply.status === 200;
  }
}
