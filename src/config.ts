/**
 * The process environment, parsed once; every problem is reported together and by name, never with its value.
 */
import { z } from 'zod';
import { packTermsSchema, type PackTerms } from './domain/eligibility/policy-pack.js';
import { POOL_PROVIDER } from './domain/ledger/coupon-pool.js';
import { GATE_FACTS } from './domain/response/identity.js';
import { sourceSchema, type SourceConfig } from './domain/segment/source.js';

const capabilities = {
  /** Repeats under the same key are safe, for `idempotencyMs` after the first attempt. */
  idempotent: z.boolean().default(false),
  idempotencyMs: z.int().positive().default(86_400_000),
  /** GET by key works; a 404 is final `visibilityMs` after the end of the last attempt. */
  lookup: z.boolean().default(false),
  visibilityMs: z.int().nonnegative().default(5_000),
  settlement: z.boolean().default(false),
  zone: z.string().default('Asia/Seoul'),
  maxTps: z.int().positive().optional(),
  timeoutMs: z.int().positive().default(5_000),
  /** True only for our own simulators; a business epoch is refused unless all are simulated (law 9). */
  simulated: z.boolean().default(false),
};
const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/);
const url = z.url({ protocol: /^https?$/ });
/** Standard Webhooks: base64 of 24 to 64 bytes, with or without `whsec_`. */
const secret = z
  .string()
  .regex(/^(whsec_)?[A-Za-z0-9+/]{32,88}={0,2}$/, 'is base64 of 24 to 64 bytes (Standard Webhooks)');

const traitName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, 'is the name of an attribute')
  .refine((given) => !GATE_FACTS.includes(given.toLowerCase()), 'is a fact of the gate, which no trait tells');
const origin = z.url({ protocol: /^https?$/ }).refine((given) => URL.parse(given)?.origin === given, {
  error: 'is an origin: scheme, host and port alone',
});

export const providerSchema = z.strictObject({
  name: name.refine((own) => own !== POOL_PROVIDER, 'is the name of the pools of coupons'),
  url,
  secret,
  ...capabilities,
});
export const gatewaySchema = z.strictObject({
  name,
  channels: z.array(z.enum(['push', 'sms', 'lms', 'alimtalk', 'email'])).min(1),
  url,
  secret,
  batchSize: z.int().positive().max(1_000).default(500),
  ...capabilities,
});
export type ProviderConfig = z.infer<typeof providerSchema>;
export type GatewayConfig = z.infer<typeof gatewaySchema>;

const jsonArray = <T extends z.ZodType>(item: T) => json(z.array(item), '[]');

function json<T extends z.ZodType>(shape: T, absent: string) {
  return z
    .string()
    .default(absent)
    .transform((text, ctx) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        ctx.addIssue({ code: 'custom', message: 'is not JSON' });
        return z.NEVER;
      }
    })
    .pipe(shape);
}

const envSchema = z.object({
  /** The application's role: may not update or delete the ledger. */
  PADO_DATABASE_URL: z.url(),
  REDIS_URL: z.url(),
  TEMPORAL_ADDRESS: z.string().min(1),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
  PADO_HOST: z.string().default('127.0.0.1'),
  PADO_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  /** Prometheus endpoint of Temporal Core and of the worker process; 0 = off. */
  PADO_METRICS_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  PADO_BUILD: z.string().default('dev'),
  PADO_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  PADO_PAYOUT_PROVIDERS: jsonArray(providerSchema),
  PADO_GATEWAYS: jsonArray(gatewaySchema),
  /** Lakes that segments may be asked of. */
  PADO_SOURCES: jsonArray(sourceSchema),
  /** The policy pack of the country, and whom its marks name; null: none. */
  PADO_POLICY_PACK: json(packTermsSchema.nullable(), 'null'),
  /** Traits of `identify` that become attributes of the customer; none by default. */
  PADO_IDENTIFY_TRAITS: jsonArray(traitName),
  /** Origins whose pages may call the event endpoints; none by default. */
  PADO_BROWSER_ORIGINS: jsonArray(origin),
  /**
   * How often the sweep looks for what is due and unclaimed, in seconds of Temporal's time. What a round leaves alone, because it has been due for
   * less than 5 s, moves in the next one, which may work for 10 s before it looks: all of that fits into the 60 s of law 8.
   */
  PADO_SWEEP_SECONDS: z.coerce.number().int().min(1).max(40).default(20),
});

export interface Config {
  databaseUrl: string;
  redisUrl: string;
  temporal: { address: string; namespace: string };
  http: { host: string; port: number };
  metricsPort: number;
  build: string;
  logLevel: string;
  providers: ProviderConfig[];
  gateways: GatewayConfig[];
  sources: SourceConfig[];
  policyPack: PackTerms | null;
  identifyTraits: ReadonlySet<string>;
  browserOrigins: string[];
  sweepSeconds: number;
}

/** Parse the environment. Errors: one Error whose message lists every faulty variable and why. */
export function parseConfig(env: NodeJS.ProcessEnv): Config {
  const parsed = envSchema.safeParse(env);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((i) => `  ${i.path.join('.') || '(environment)'}: ${i.message}`);
    throw new Error(`The configuration is not usable:\n${lines.join('\n')}`);
  }
  const e = parsed.data;
  return {
    databaseUrl: e.PADO_DATABASE_URL,
    redisUrl: e.REDIS_URL,
    temporal: { address: e.TEMPORAL_ADDRESS, namespace: e.TEMPORAL_NAMESPACE },
    http: { host: e.PADO_HOST, port: e.PADO_PORT },
    metricsPort: e.PADO_METRICS_PORT,
    build: e.PADO_BUILD,
    logLevel: e.PADO_LOG_LEVEL,
    providers: e.PADO_PAYOUT_PROVIDERS,
    gateways: e.PADO_GATEWAYS,
    sources: e.PADO_SOURCES,
    policyPack: e.PADO_POLICY_PACK,
    identifyTraits: new Set(e.PADO_IDENTIFY_TRAITS),
    browserOrigins: e.PADO_BROWSER_ORIGINS,
    sweepSeconds: e.PADO_SWEEP_SECONDS,
  };
}
