/**
 * The simulator's own control, beside the protocol: whoever holds a provider's secret may let it misbehave for a while, after which it is as it was.
 */
import { isRecord, jsonObject, type Reply } from './http.js';
import type { Misbehaviour } from './misbehaviour.js';

/** A fault that somebody forgets goes away. */
const FOR_MS_MAX = 300_000;

/** `POST /faults` with `{"faults": {NAME: RATE}, "forMs": N}`; 0 ends what was begun. 400 names what is wrong. */
export function controlReply(body: Buffer, misbehaviour: Misbehaviour): Reply {
  const { faults = {}, forMs } = jsonObject(body) ?? {};
  if (typeof forMs !== 'number' || !Number.isInteger(forMs) || forMs < 0 || forMs > FOR_MS_MAX)
    return { status: 400, json: { reason: 'forMs' } };
  if (!isRecord(faults)) return { status: 400, json: { reason: 'faults' } };
  try {
    misbehaviour.changeFor(faults, forMs);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { status: 400, json: { reason: 'faults', detail: error.message } };
  }
  return { status: 200, json: { forMs } };
}
