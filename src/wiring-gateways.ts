/**
 * Message gateways of others: one by its configuration for the delivery, and those that the API hands tests of messages to, within the same rates.
 */
import type { Redis } from 'ioredis';
import type { GatewayTerms } from '../activities/delivery.activities.js';
import type { TestGateways } from './api/ports.js';
import type { Gateway } from './channels/gateway.js';
import { HttpGateway } from './channels/http-gateway.channel.js';
import { SmtpGateway, smtpTerms } from './channels/smtp.channel.js';
import type { Config, GatewayConfig } from './config.js';
import { configuredLimits } from './domain/base/rates.js';
import { TEST_VALID_MS } from './domain/offer/test-message.js';
import { CurrentRates } from './storage/current-rates.js';
import type { Pool } from './storage/pool.js';
import { RatesStore } from './storage/rates.store.js';
import { Throttle } from './storage/throttle.store.js';

export interface OpenGateway {
  gateway: Gateway & { close(): void | Promise<void> };
  terms: GatewayTerms;
}

export function gatewayOf(own: GatewayConfig, { links, destinations }: Config): OpenGateway {
  return own.type === 'smtp'
    ? { gateway: new SmtpGateway(own, links, destinations), terms: smtpTerms(own) }
    : { gateway: new HttpGateway(own, destinations), terms: own };
}

/** Each is opened when it is first needed. Errors: those of the database. */
export async function testGateways(
  pool: Pool,
  redis: Redis,
  config: Config,
): Promise<TestGateways & { close(): Promise<void> }> {
  const rates = new CurrentRates(configuredLimits(config), new RatesStore(pool));
  await rates.start();
  const throttle = new Throttle(redis, (system) => rates.of(system));
  const open = new Map<string, OpenGateway>();
  const openOf = (name: string): OpenGateway => {
    const own = config.gateways.find((one) => one.name === name);
    if (!own) throw new Error(`invariant: a test over an unconfigured gateway ${name}`);
    const opened = open.get(name) ?? gatewayOf(own, config);
    open.set(name, opened);
    return opened;
  };
  return {
    async send(name, { text, now, signedAt, ...message }) {
      const { gateway } = openOf(name);
      await throttle.take(`gateway/${name}`, 1);
      const notAfter = new Date(now + TEST_VALID_MS).toISOString();
      return await gateway.submit([{ ...message, ...text, notAfter, meta: { test: true } }], message.id, signedAt);
    },
    async close() {
      rates.stop();
      for (const { gateway } of open.values()) await gateway.close();
    },
  };
}
