/**
 * How many items a second a gateway or provider may get: what it is configured with, or less where an operator has said so.
 */

/** Named as switches name them: `gateway/<name>`, `provider/<name>`. Per second; null: no limit. */
export type Limits = ReadonlyMap<string, number | null>;

interface Configured {
  gateways: readonly { name: string; maxTps?: number | undefined }[];
  providers: readonly ({ kind: 'http'; name: string; maxTps?: number | undefined } | { kind: 'file'; name: string })[];
}

/** Of every system that is called; a partner that takes files is not. */
export function configuredLimits({ gateways, providers }: Configured): Limits {
  return new Map([
    ...gateways.map(({ name, maxTps }) => [`gateway/${name}`, maxTps ?? null] as const),
    ...providers.flatMap((own) => (own.kind === 'http' ? [[`provider/${own.name}`, own.maxTps ?? null] as const] : [])),
  ]);
}

/** Whatever was said, what is configured is never exceeded. */
export function rateInForce(configured: number | null, said: number | null): number | null {
  if (configured === null || said === null) return configured ?? said;
  return Math.min(configured, said);
}

/** The terms of a system at the rate in force: no call is larger than what may go in a second. */
export function termsAt<T extends { maxTps?: number | undefined; batchSize?: number }>(
  terms: T,
  perSecond: number | null,
): T {
  if (perSecond === null) return terms;
  const { batchSize } = terms;
  return { ...terms, maxTps: perSecond, ...(batchSize ? { batchSize: Math.min(batchSize, perSecond) } : {}) };
}
