/**
 * What leaves the database of the ledger's chain: a head is signed when it is due, and every signed head goes to the file and the webhook. Each place is
 * brought up to date by itself, so that one that fails holds up neither the other nor the sealing.
 */
import type { SignedHttp } from '../channels/signed-http.js';
import { appendHeads, HeadFileDiffers, HeadFileUnwritable, lineOf, type HeadLine } from './head-file.js';

interface Heads {
  signDue(now: number): Promise<'nothing_due' | 'signed' | 'key_unknown'>;
  after(no: number, limit: number): Promise<HeadLine[]>;
  told(): Promise<{ no: number; signedAt: Date }>;
  markTold(no: number): Promise<void>;
}
export interface Places {
  file: string | null;
  webhook: Pick<SignedHttp, 'call'> | null;
}
/** What went wrong, by name; without data. */
export type NotaryProblem = 'key_unknown' | 'file_differs' | 'file_unwritable' | 'webhook_failed';

const AT_ONCE = 100;

export class Notary {
  constructor(
    private readonly heads: Heads,
    private readonly places: Places,
  ) {}

  /** `now`: business now, epoch ms. */
  async signAndTell(now: number): Promise<NotaryProblem[]> {
    const problems: NotaryProblem[] = [];
    if ((await this.heads.signDue(now)) === 'key_unknown') problems.push('key_unknown');
    const { file, webhook } = this.places;
    if (file !== null) problems.push(...(await this.write(file)));
    if (webhook !== null) problems.push(...(await this.tell(webhook)));
    return problems;
  }

  private async write(file: string): Promise<NotaryProblem[]> {
    try {
      while ((await appendHeads(file, (no) => this.heads.after(no, AT_ONCE))) === AT_ONCE);
      return [];
    } catch (error) {
      if (error instanceof HeadFileDiffers) return ['file_differs'];
      if (error instanceof HeadFileUnwritable) return ['file_unwritable'];
      throw error;
    }
  }

  /** In their order: none is told before the one ahead of it was answered with success. A repeat has the same `webhook-id`. */
  private async tell(webhook: Pick<SignedHttp, 'call'>): Promise<NotaryProblem[]> {
    const { no, signedAt } = await this.heads.told();
    for (const head of await this.heads.after(no, AT_ONCE)) {
      const call = { method: 'POST' as const, path: '', body: lineOf(head), id: `ledger-head-${head.no}`, signedAt };
      const answer = await webhook.call(call);
      if (answer.kind !== 'answer' || answer.status >= 300) return ['webhook_failed'];
      await this.heads.markTold(head.no);
    }
    return [];
  }
}
