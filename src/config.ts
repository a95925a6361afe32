/**
 * The process environment, parsed once; every problem is reported together and by name, never with its value.
 */
import { z } from 'zod';
import { packTermsSchema, type PackTerms } from './domain/eligibility/policy-pack.js';
import { zoneSchema } from './domain/base/time.js';
import { hoursSchema } from './domain/ledger/business-hours.js';
import { POOL_PROVIDER } from './domain/ledger/coupon-pool.js';
import { signingKey, type SigningKey } from './domain/ledger/signed-heads.js';
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
const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/);
/** `capture`, `inbox` and `staff` are ours. */
const gatewayName = name.refine((text) => !['capture', 'inbox', 'staff'].includes(text), 'is a gateway of our own');
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

const providerName = name.refine((own) => own !== POOL_PROVIDER, 'is the name of the pools of coupons');
const httpProviderSchema = z.strictObject({
  kind: z.literal('http'),
  name: providerName,
  url,
  secret,
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
  secret,
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

const isLoopback = (address: string) => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(address).hostname);
/** RFC 8058 wants HTTPS. */
const publicUrl = z
  .url({ protocol: /^https?$/ })
  .refine((text) => text.startsWith('https:') || isLoopback(text), 'is an https address')
  .transform((text) => text.replace(/\/+$/, ''));
const linkSecrets = z
  .string()
  .transform((text) => text.split(',').map((one) => one.trim()))
  .pipe(z.array(z.string().regex(/^[A-Za-z0-9+/]{43,88}={0,2}$/, 'are base64 of at least 32 bytes each')).min(1));

/** Comma-separated keys of 32 bytes. */
const keys = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== ''),
  )
  .pipe(z.array(z.string().regex(/^[A-Za-z0-9+/_-]{43}=?$/, 'are base64 of 32 bytes each')));
const headKeys = keys.transform((seeds) => seeds.map(signingKey));
const boxKeys = keys.transform((seeds) => seeds.map((seed) => Buffer.from(seed, 'base64')));
const headWebhook = z.strictObject({ url, secret });

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

const NO_BUILD = 'dev';
/** What builds of a deployment may be called. */
const BUILD = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/;

const variables = z.object({
  /** The application's role: may not update or delete the ledger. */
  PADO_DATABASE_URL: z.url(),
  REDIS_URL: z.url(),
  TEMPORAL_ADDRESS: z.string().min(1),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
  PADO_HOST: z.string().default('127.0.0.1'),
  PADO_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  /** Prometheus endpoint of Temporal Core and of the worker process; 0 = off. */
  PADO_METRICS_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  PADO_BUILD: z.string().default(NO_BUILD),
  /** The Worker Deployment that workers belong to, each as its version PADO_BUILD; none: workers have no versions. */
  PADO_DEPLOYMENT: name.optional(),
  PADO_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  PADO_PAYOUT_PROVIDERS: jsonArray(providerSchema),
  PADO_GATEWAYS: jsonArray(gatewaySchema),
  /** Lakes that segments may be asked of. */
  PADO_SOURCES: jsonArray(sourceSchema),
  /** Where customers reach this API: unsubscribe links begin with it. */
  PADO_PUBLIC_URL: publicUrl.optional(),
  /** Comma-separated: the first one seals links, all of them open links. */
  PADO_LINK_SECRETS: linkSecrets.optional(),
  /** Comma-separated: the first one signs heads of the ledger, the others have signed before. None: nothing is signed. */
  PADO_LEDGER_KEYS: headKeys,
  /** Comma-separated: the first one seals seeds of lucky boxes, all of them open seeds. None: no campaign with a lucky box is launched. */
  PADO_BOX_KEYS: boxKeys,
  /** Where signed heads leave the database to. */
  PADO_HEADS_FILE: z.string().min(1).optional(),
  PADO_HEADS_WEBHOOK: json(headWebhook.nullable(), 'null'),
  /** The policy pack of the country, and whom its marks name; null: none. */
  PADO_POLICY_PACK: json(packTermsSchema.nullable(), 'null'),
  /** Traits of `identify` that become attributes of the customer; none by default. */
  PADO_IDENTIFY_TRAITS: jsonArray(traitName),
  /** Origins whose pages may call the event endpoints; none by default. */
  PADO_BROWSER_ORIGINS: jsonArray(origin),
  /**
   * How often the sweep looks for what is due and unclaimed, in seconds of Temporal's time. What a round leaves alone, because it has been due for
   * less than 5 s, moves in the next one, which may work for 10 s before it looks: all of that fits into the 60 s of law 8. 0: no schedule is made,
   * and something else has to start the sweep's workflow.
   */
  PADO_SWEEP_SECONDS: z.coerce.number().int().min(0).max(40).default(20),
  /** How often the API measures Temporal's time. */
  PADO_CLOCK_SECONDS: z.coerce.number().int().min(1).max(300).default(60),
});

const LINKS = ['PADO_PUBLIC_URL', 'PADO_LINK_SECRETS'] as const;
const envSchema = variables.superRefine((env, ctx) => {
  for (const [one, other] of [LINKS, LINKS.toReversed()] as [(typeof LINKS)[number], (typeof LINKS)[number]][])
    if (env[one] === undefined && env[other] !== undefined)
      ctx.addIssue({ code: 'custom', path: [one], message: `is needed where ${other} is set` });
  // two programs of one name would go on with each other's workflows
  if (env.PADO_DEPLOYMENT !== undefined && (env.PADO_BUILD === NO_BUILD || !BUILD.test(env.PADO_BUILD))) {
    const message =
      'is needed where PADO_DEPLOYMENT is set: another one for each program, of letters, digits and . _ + -';
    ctx.addIssue({ code: 'custom', path: ['PADO_BUILD'], message });
  }
});

/** How customers come to the API, in links of messages. */
export interface LinkTerms {
  publicUrl: string;
  secrets: string[];
}

export interface Config {
  databaseUrl: string;
  redisUrl: string;
  temporal: { address: string; namespace: string };
  http: { host: string; port: number };
  metricsPort: number;
  build: string;
  /** Of which `build` is a version; null: workers have no versions. */
  deployment: string | null;
  logLevel: string;
  providers: ProviderConfig[];
  gateways: GatewayConfig[];
  sources: SourceConfig[];
  /** Null: messages have no links of ours. */
  links: LinkTerms | null;
  policyPack: PackTerms | null;
  /** Signed heads of the ledger, and the places outside the database that get them. */
  heads: { keys: SigningKey[]; file: string | null; webhook: { url: string; secret: string } | null };
  /** Of lucky boxes' seeds, 32 bytes each. */
  boxKeys: Buffer[];
  identifyTraits: ReadonlySet<string>;
  browserOrigins: string[];
  /** 0: no schedule. */
  sweepSeconds: number;
  clockSeconds: number;
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
    deployment: e.PADO_DEPLOYMENT ?? null,
    logLevel: e.PADO_LOG_LEVEL,
    providers: e.PADO_PAYOUT_PROVIDERS,
    gateways: e.PADO_GATEWAYS,
    sources: e.PADO_SOURCES,
    links:
      e.PADO_PUBLIC_URL && e.PADO_LINK_SECRETS ? { publicUrl: e.PADO_PUBLIC_URL, secrets: e.PADO_LINK_SECRETS } : null,
    policyPack: e.PADO_POLICY_PACK,
    heads: { keys: e.PADO_LEDGER_KEYS, file: e.PADO_HEADS_FILE ?? null, webhook: e.PADO_HEADS_WEBHOOK },
    boxKeys: e.PADO_BOX_KEYS,
    identifyTraits: new Set(e.PADO_IDENTIFY_TRAITS),
    browserOrigins: e.PADO_BROWSER_ORIGINS,
    sweepSeconds: e.PADO_SWEEP_SECONDS,
    clockSeconds: e.PADO_CLOCK_SECONDS,
  };
}
