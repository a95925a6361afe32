/**
 * The systems of others as an operator describes them: payout providers and message gateways, with what they can do.
 */
import { z } from 'zod';
import { secretsSchema } from './domain/base/secrets.js';
import { zoneSchema } from './domain/base/time.js';
import { hoursSchema } from './domain/ledger/business-hours.js';
import { POOL_PROVIDER } from './domain/ledger/coupon-pool.js';

const capabilities = {
  /** Repeats under the same key are safe, for `idempotencyMs` after the first attempt. */
  idempotent: z.boolean().default(false),
  idempotencyMs: z.int().positive().default(86_400_000),
  /** GET by key works; a 404 is final `visibilityMs` after the end of the last attempt. */
  lookup: z.boolean().default(false),
  visibilityMs: z.int().nonnegative().default(5_000),
  settlement: z.boolean().default(false),
  zone: zoneSchema.default('Asia/Seoul'),
  maxTps: z.int().positive().optional(),
  timeoutMs: z.int().positive().default(5_000),
  /** True only for our own simulators; a business epoch is refused unless all are simulated (law 9). */
  simulated: z.boolean().default(false),
};
/** Over all workers: see docs/operations.md. */
const breaker = z.strictObject({
  /** Submissions in a row without an answer. */
  failures: z.int().positive().max(10_000).default(10),
  /** Until one payout tries the provider again. */
  openMs: z.int().positive().max(3_600_000).default(15_000),
});
export const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/);
/** `capture`, `inbox` and `staff` are ours. */
const gatewayName = name.refine((text) => !['capture', 'inbox', 'staff'].includes(text), 'is a gateway of our own');
export const url = z.url({ protocol: /^https?$/ });
const providerName = name.refine((own) => own !== POOL_PROVIDER, 'is the name of the pools of coupons');
const httpProviderSchema = z.strictObject({
  kind: z.literal('http'),
  name: providerName,
  url,
  secret: secretsSchema,
  breaker: breaker.prefault({}),
  /** When it takes payouts, in its `zone`; always where left out. */
  hours: hoursSchema.optional(),
  ...capabilities,
});
/** A partner without an API: files in a folder that it can reach as well (docs/payout-files.md). */
const fileProviderSchema = z.strictObject({
  kind: z.literal('file'),
  name: providerName,
  folder: z.string().regex(/^\//, 'is an absolute path'),
  /** Of one file. */
  rowsMax: z.int().positive().max(50_000).default(10_000),
  hours: hoursSchema.optional(),
  zone: capabilities.zone,
  /** They are uploaded. */
  settlement: z.literal(false).default(false),
  simulated: capabilities.simulated,
});
export const providerSchema = z.preprocess(
  (given) => (typeof given === 'object' && given !== null && !('kind' in given) ? { ...given, kind: 'http' } : given),
  z.discriminatedUnion('kind', [httpProviderSchema, fileProviderSchema]),
);
const httpGatewaySchema = z.strictObject({
  type: z.literal('http'),
  name: gatewayName,
  channels: z.array(z.enum(['push', 'sms', 'lms', 'alimtalk', 'email'])).min(1),
  url,
  secret: secretsSchema,
  batchSize: z.int().positive().max(1_000).default(500),
  ...capabilities,
});
/** A mail server: neither are repeats safe there, nor can it be asked what became of a message. */
const smtpGatewaySchema = z.strictObject({
  type: z.literal('smtp'),
  name: gatewayName,
  channels: z.array(z.literal('email')).length(1).default(['email']),
  /** `smtp://user:password@host:port`; `smtps` is TLS from the start. */
  url: z.url({ protocol: /^smtps?$/ }),
  from: z.strictObject({
    address: z.email(),
    name: z
      .string()
      .regex(/^[^\p{Cc}]{1,100}$/u, 'is 1 to 100 characters of one line')
      .optional(),
  }),
  replyTo: z.email().optional(),
  /** What is not told in clear: over `smtp`, STARTTLS is `required`, or there is `none`. */
  tls: z.enum(['required', 'none']).default('required'),
  /** When a message that the server puts off (4xx) is tried again. */
  retryAfterMs: z.int().positive().max(86_400_000).default(120_000),
  timeoutMs: z.int().positive().max(30_000).default(15_000),
  maxTps: capabilities.maxTps,
  simulated: capabilities.simulated,
});
export const gatewaySchema = z
  .preprocess(
    (given) => (typeof given === 'object' && given !== null && !('type' in given) ? { ...given, type: 'http' } : given),
    z.discriminatedUnion('type', [httpGatewaySchema, smtpGatewaySchema]),
  )
  .transform(withinASecond);
/** No call is larger than what its limit lets through in a second: it would be made long after its claim. */
function withinASecond<G extends z.infer<typeof httpGatewaySchema> | z.infer<typeof smtpGatewaySchema>>(gateway: G): G {
  const { maxTps } = gateway;
  return 'batchSize' in gateway && maxTps ? { ...gateway, batchSize: Math.min(gateway.batchSize, maxTps) } : gateway;
}
export type FileProviderConfig = z.infer<typeof fileProviderSchema>;
export type ProviderConfig = z.infer<typeof providerSchema>;
export type HttpGatewayConfig = z.infer<typeof httpGatewaySchema>;
export type SmtpGatewayConfig = z.infer<typeof smtpGatewaySchema>;
export type GatewayConfig = HttpGatewayConfig | SmtpGatewayConfig;
