/**
 * The process environment, parsed once; every problem is reported together and by name, never with its value.
 */
import { z } from 'zod';
import { gatewaySchema, name, providerSchema, url, type GatewayConfig, type ProviderConfig } from './config-systems.js';
import { valuesOfFiles } from './config-files.js';
import { ANY_KIND, destinationsSchema, hostFault, urlFault, type Destinations } from './domain/base/destination.js';
import { keySchema } from './domain/base/keys.js';
import { secretsSchema, type Secrets } from './domain/base/secrets.js';
import { packTermsSchema, type PackTerms } from './domain/eligibility/policy-pack.js';
import { signingKey, type SigningKey } from './domain/ledger/signed-heads.js';
import { GATE_FACTS } from './domain/response/identity.js';
import { sourceSchema, type SourceConfig } from './domain/segment/source.js';
import { baseUrl, refineSignIn, signInConfig, signInVariables, type SignInConfig } from './config-sign-in.js';

const traitName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, 'is the name of an attribute')
  .refine((given) => !GATE_FACTS.includes(given.toLowerCase()), 'is a fact of the gate, which no trait tells');
const origin = z.url({ protocol: /^https?$/ }).refine((given) => URL.parse(given)?.origin === given, {
  error: 'is an origin: scheme, host and port alone',
});

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
const headWebhook = z.strictObject({ url, secret: secretsSchema });

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
  /** Where traces go, by OTLP over HTTP; OpenTelemetry reads these and its other variables itself. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  PADO_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  PADO_PAYOUT_PROVIDERS: jsonArray(providerSchema),
  PADO_GATEWAYS: jsonArray(gatewaySchema),
  /** Where calls may go: kinds of addresses, and networks in CIDR. */
  PADO_DESTINATIONS: destinationsSchema.default(ANY_KIND),
  /** Lakes that segments may be asked of. */
  PADO_SOURCES: jsonArray(sourceSchema),
  /** Where customers reach this API: unsubscribe links begin with it. */
  PADO_PUBLIC_URL: baseUrl.optional(), // RFC 8058 wants HTTPS
  /** Comma-separated: the first one seals links, all of them open links. */
  PADO_LINK_SECRETS: linkSecrets.optional(),
  ...signInVariables,
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
  /** Up to which one person is enough for a retry: items that act on somebody, and minor units of each currency. */
  PADO_RETRY_ALONE_ITEMS: z.coerce.number().int().min(0).default(100),
  PADO_RETRY_ALONE_MINOR: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(1_000_000),
  /** How long the answer about a message or payout may stay out before it is a person's business. */
  PADO_PATIENCE_SECONDS: z.coerce.number().int().min(5).max(86_400).default(900),
  /** The campaign that a demonstration shows; every system has to be simulated. */
  PADO_DEMONSTRATION: keySchema.optional(),
  /** How often the API measures Temporal's time. */
  PADO_CLOCK_SECONDS: z.coerce.number().int().min(1).max(300).default(60),
});

const LINKS = ['PADO_PUBLIC_URL', 'PADO_LINK_SECRETS'] as const;
const envSchema = variables.superRefine((env, ctx) => {
  for (const [one, other] of [LINKS, LINKS.toReversed()] as [(typeof LINKS)[number], (typeof LINKS)[number]][])
    if (env[one] === undefined && env[other] !== undefined)
      ctx.addIssue({ code: 'custom', path: [one], message: `is needed where ${other} is set` });
  for (const [path, fault] of faultyUrls(env)) ctx.addIssue({ code: 'custom', path, message: fault });
  refineSignIn(env, ctx);
  const isReal = [...env.PADO_PAYOUT_PROVIDERS, ...env.PADO_GATEWAYS].some(({ simulated }) => !simulated);
  if (env.PADO_DEMONSTRATION !== undefined && isReal)
    ctx.addIssue({ code: 'custom', path: ['PADO_DEMONSTRATION'], message: 'is for simulated systems alone' });
  // two programs of one name would go on with each other's workflows
  if (env.PADO_DEPLOYMENT !== undefined && (env.PADO_BUILD === NO_BUILD || !BUILD.test(env.PADO_BUILD))) {
    const message =
      'is needed where PADO_DEPLOYMENT is set: another one for each program, of letters, digits and . _ + -';
    ctx.addIssue({ code: 'custom', path: ['PADO_BUILD'], message });
  }
});

function* faultyUrls(env: z.infer<typeof variables>): Iterable<[path: (string | number)[], fault: string]> {
  const { PADO_DESTINATIONS: destinations, PADO_HEADS_WEBHOOK: webhook } = env;
  const ofHttp = (address: string) => urlFault(address, destinations);
  for (const [n, own] of env.PADO_PAYOUT_PROVIDERS.entries()) {
    const fault = own.kind === 'http' ? ofHttp(own.url) : null;
    if (fault !== null) yield [['PADO_PAYOUT_PROVIDERS', n, 'url'], fault];
  }
  for (const [n, own] of env.PADO_GATEWAYS.entries()) {
    const fault = own.type === 'http' ? ofHttp(own.url) : hostFault(new URL(own.url).hostname, destinations);
    if (fault !== null) yield [['PADO_GATEWAYS', n, 'url'], fault];
  }
  const fault = webhook && ofHttp(webhook.url);
  if (fault !== null) yield [['PADO_HEADS_WEBHOOK', 'url'], fault];
}

/** How customers come to the API, in links of messages. */
export interface LinkTerms {
  publicUrl: string;
  secrets: string[];
}

export type {
  FileProviderConfig,
  GatewayConfig,
  HttpGatewayConfig,
  ProviderConfig,
  SmtpGatewayConfig,
} from './config-systems.js';

export interface Config extends SignInConfig {
  databaseUrl: string;
  redisUrl: string;
  temporal: { address: string; namespace: string; uiUrl: string | null };
  http: { host: string; port: number };
  metricsPort: number;
  build: string;
  traced: boolean;
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
  heads: { keys: SigningKey[]; file: string | null; webhook: { url: string; secret: Secrets } | null };
  /** Where calls may go. */
  destinations: Destinations;
  /** Of lucky boxes' seeds, 32 bytes each. */
  boxKeys: Buffer[];
  identifyTraits: ReadonlySet<string>;
  browserOrigins: string[];
  /** 0: no schedule. */
  sweepSeconds: number;
  clockSeconds: number;
  retryAlone: { items: number; minor: number };
  patienceMs: number;
  /** Key of the campaign that is shown; null: this is no demonstration. */
  demonstration: string | null;
}

/** Parse the environment. Errors: one Error whose message lists every faulty variable and why. */
export function parseConfig(env: NodeJS.ProcessEnv): Config {
  const { values, faults } = valuesOfFiles(env);
  const parsed = envSchema.safeParse({ ...env, ...values });
  if (!parsed.success || faults.length > 0) {
    const issues = parsed.error?.issues ?? [];
    const lines = [
      ...faults.map(({ variable, fault }) => `  ${variable}: ${fault}`),
      ...issues.map((i) => `  ${i.path.join('.') || '(environment)'}: ${i.message}`),
    ];
    throw new Error(`The configuration is not usable:\n${lines.join('\n')}`);
  }
  const e = parsed.data;
  return {
    databaseUrl: e.PADO_DATABASE_URL,
    redisUrl: e.REDIS_URL,
    temporal: {
      address: e.TEMPORAL_ADDRESS,
      namespace: e.TEMPORAL_NAMESPACE,
      uiUrl: e.PADO_TEMPORAL_UI_URL ?? null,
    },
    http: { host: e.PADO_HOST, port: e.PADO_PORT },
    metricsPort: e.PADO_METRICS_PORT,
    build: e.PADO_BUILD,
    traced: (e.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? e.OTEL_EXPORTER_OTLP_ENDPOINT) !== undefined,
    deployment: e.PADO_DEPLOYMENT ?? null,
    logLevel: e.PADO_LOG_LEVEL,
    providers: e.PADO_PAYOUT_PROVIDERS,
    gateways: e.PADO_GATEWAYS,
    sources: e.PADO_SOURCES,
    links:
      e.PADO_PUBLIC_URL && e.PADO_LINK_SECRETS ? { publicUrl: e.PADO_PUBLIC_URL, secrets: e.PADO_LINK_SECRETS } : null,
    ...signInConfig(e),
    policyPack: e.PADO_POLICY_PACK,
    heads: { keys: e.PADO_LEDGER_KEYS, file: e.PADO_HEADS_FILE ?? null, webhook: e.PADO_HEADS_WEBHOOK },
    destinations: e.PADO_DESTINATIONS,
    boxKeys: e.PADO_BOX_KEYS,
    identifyTraits: new Set(e.PADO_IDENTIFY_TRAITS),
    browserOrigins: e.PADO_BROWSER_ORIGINS,
    sweepSeconds: e.PADO_SWEEP_SECONDS,
    clockSeconds: e.PADO_CLOCK_SECONDS,
    retryAlone: { items: e.PADO_RETRY_ALONE_ITEMS, minor: e.PADO_RETRY_ALONE_MINOR },
    patienceMs: e.PADO_PATIENCE_SECONDS * 1_000,
    demonstration: e.PADO_DEMONSTRATION ?? null,
  };
}
