/**
 * What `pado campaign` asks the API: all faults of a draft, the draft that is kept, to keep another.
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { FileFault } from './campaign-file.js';
import { Refused, type InstallationClient } from './installation-client.js';

const draftSchema = z.looseObject({ key: z.string() });
const faultsSchema = z.array(z.object({ pointer: z.string(), detail: z.string() }));
const judgedSchema = z.object({ valid: z.boolean(), faults: faultsSchema, warnings: faultsSchema, draft: draftSchema });
const keptSchema = z.object({ key: z.string(), revision: z.int(), state: z.string(), draft: draftSchema });
const validatedSchema = z.object({
  valid: z.boolean(),
  state: z.string(),
  faults: faultsSchema,
  warnings: faultsSchema,
});

type Draft = z.infer<typeof draftSchema>;
type Kept = z.infer<typeof keptSchema>;

export interface Verdict {
  valid: boolean;
  faults: FileFault[];
  warnings: FileFault[];
  /** As the API would keep it, defaults filled in; null where its shape is refused. */
  draft: Draft | null;
}

/** All faults, those of the shape and those of what it names, as the API tells them; nothing is kept. */
export async function judge(client: InstallationClient, content: unknown): Promise<Verdict> {
  try {
    const { body } = await client.call('POST', '/v1/campaigns/validate', content ?? {});
    return judgedSchema.parse(body);
  } catch (error) {
    const faults = error instanceof Refused ? shapeFaults(error) : [];
    if (faults.length === 0) throw error;
    return { valid: false, faults, warnings: [], draft: null };
  }
}

export async function draftOf(client: InstallationClient, key: string): Promise<Kept | null> {
  try {
    return keptSchema.parse((await client.call('GET', pathOf(key))).body);
  } catch (error) {
    if (error instanceof Refused && error.problem.status === 404) return null;
    throw error;
  }
}

export type Applied = Omit<Verdict, 'draft'> &
  ({ kind: 'refused' } | { kind: 'created' | 'changed' | 'unchanged'; key: string; revision: number; state: string });

/** Keep the draft, if it is another, and validate it. Errors: Refused (stale) where the revision is another by now. */
export async function applyDraft(
  client: InstallationClient,
  content: unknown,
  revision: number | undefined,
): Promise<Applied> {
  const { draft, ...verdict } = await judge(client, content);
  if (!draft) return { kind: 'refused', ...verdict };
  const path = pathOf(draft.key);
  const before = await draftOf(client, draft.key);
  const seen = revision ?? before?.revision;
  const same = before !== null && seen === before.revision && isDeepStrictEqual(before.draft, draft);
  const kept = same ? before : keptSchema.parse((await client.call('PUT', path, draft, precondition(seen))).body);
  const validated = validatedSchema.parse((await client.call('POST', `${path}/validate`)).body);
  const { valid, faults, warnings, state } = validated;
  const kind = same ? 'unchanged' : before ? 'changed' : 'created';
  return { kind, key: kept.key, revision: kept.revision, state, valid, faults, warnings };
}

const precondition = (revision: number | undefined): Record<string, string> =>
  revision === undefined ? { 'if-none-match': '*' } : { 'if-match': `"${revision}"` };

const pathOf = (key: string) => `/v1/campaigns/${encodeURIComponent(key)}`;

function shapeFaults(refused: Refused): FileFault[] {
  return (refused.problem.errors ?? []).flatMap(({ pointer, detail }) =>
    pointer === undefined ? [] : [{ pointer, detail }],
  );
}
