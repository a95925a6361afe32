/**
 * How a retry is told on a terminal: what it would do, and what became of it.
 */
import { z } from 'zod';

const money = z.object({ value: z.string(), currency: z.string() });
const counts = z.record(z.string(), z.int());

export const retrySchema = z.looseObject({
  no: z.int(),
  state: z.string(),
  effect: z.object({
    sends: z.int(),
    pays: z.array(z.object({ count: z.int(), total: money })),
    would: counts,
    nothing: counts,
    left: z.int(),
  }),
  needsApproval: z.boolean(),
  begun: z.object({ by: z.string() }).nullable(),
  outcomes: counts,
});
export type Retry = z.infer<typeof retrySchema>;

const itemSchema = z.object({
  kind: z.string(),
  subject: z.string(),
  effect: z.string(),
  why: z.string().nullable(),
  outcome: z.string().nullable(),
  detail: z.string().nullable(),
});
export const itemsSchema = retrySchema.extend({ items: z.array(itemSchema), next: z.string().nullable() });

const SAYS: Record<string, (n: number) => string> = {
  put_back: (n) => `${n} would go on where they stood`,
  reissue: (n) => `${n} would be reissued`,
  approve: (n) => `${n} would be approved`,
  ask: (n) => `${n} would be asked about`,
  tell: (n) => `${n} would be told again`,
  nudge: (n) => `${n} would be nudged`,
};

const line = (text: string) => process.stdout.write(`${text}\n`);

export function tellEffect({ no, effect, needsApproval }: Retry): void {
  const { sends, pays, would, nothing, left } = effect;
  line(`retry ${no}`);
  for (const [what, n] of Object.entries(would)) line(`  ${SAYS[what]?.(n) ?? `${what}: ${n}`}`);
  if (Object.keys({ ...would, ...nothing }).length === 0) line('  nothing of it is there to be tried again');
  if (would['put_back']) line(`  ${sends} messages would be decided at once`);
  for (const { count, total } of pays) line(`  ${count} would be paid, ${total.value} ${total.currency} at most`);
  for (const [why, n] of Object.entries(nothing)) line(`  nothing of ${n}: ${why}`);
  if (left > 0) line(`  ${left} more are left for another`);
  if (needsApproval) line('  another person has to approve it');
}

export function tellOutcome({ no, state, outcomes }: Retry): void {
  const said = Object.entries(outcomes).map(([what, n]) => `${what} ${n}`);
  line(`retry ${no} ${state === 'done' ? 'is done' : 'is under way'}${said.length > 0 ? `: ${said.join(', ')}` : ''}`);
}

export function tellItem({ kind, subject, effect, why, outcome, detail }: z.infer<typeof itemSchema>): void {
  const became = outcome === null ? '' : ` → ${outcome}${detail ? ` (${detail})` : ''}`;
  line(`  ${kind} ${subject}: ${effect}${why ? ` (${why})` : ''}${became}`);
}
