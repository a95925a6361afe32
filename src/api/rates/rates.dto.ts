/**
 * Rates of gateways and providers at the edge. Pure.
 */
import { z } from 'zod';
import { rateInForce } from '../../domain/base/rates.js';
import type { SaidRate } from '../../storage/rates.store.js';

const perSecond = z.int().min(1).max(1_000_000);

export const rateChangeSchema = z
  .strictObject({
    perSecond: perSecond.nullable().describe('messages or payouts a second over all workers; null: as configured'),
    reason: z.string().trim().min(1).max(500),
  })
  .meta({ id: 'RateChange' });

export const rateSchema = z
  .object({
    system: z.string().describe('gateway/<name> or provider/<name>'),
    configured: perSecond.nullable().describe('its `maxTps`, which nothing exceeds; null: no limit'),
    inForce: perSecond.nullable().describe('what all workers together keep to; null: no limit'),
    said: z
      .object({ perSecond, reason: z.string(), actor: z.string(), at: z.iso.datetime() })
      .nullable()
      .describe('what an operator has said; null: nothing, or that it is as configured again'),
  })
  .meta({ id: 'Rate' });

export const rateListSchema = z.object({ items: z.array(rateSchema) }).meta({ id: 'Rates' });

export function presentRate(system: string, configured: number | null, said: SaidRate | undefined) {
  return {
    system,
    configured,
    inForce: rateInForce(configured, said?.perSecond ?? null),
    said:
      !said || said.perSecond === null
        ? null
        : { perSecond: said.perSecond, reason: said.reason, actor: said.actor, at: said.at.toISOString() },
  };
}
