/**
 * One round with each partner: freeze what waits into files, write what is frozen, take what has come. A crash anywhere leaves a file frozen, which the
 * next round writes again, byte for byte and under the same number. A number that the folder has is given to nothing else, whatever the database has forgotten.
 */
import {
  highestNumber,
  payoutFileName,
  readResults,
  resultNumber,
  type ResultFile,
} from '../domain/ledger/payout-files.js';

export interface Partner {
  name: string;
  rowsMax: number;
  folder: {
    /** `taken`: other bytes are there under its name, and stay. */
    write(name: string, bytes: Buffer): Promise<'written' | 'taken'>;
    payouts(): Promise<string[]>;
    results(): Promise<{ name: string; mark: string }[]>;
    read(name: string): Promise<Buffer>;
  };
}
type Queue = { name: string; shard: number };

export interface FileBooks {
  payouts: {
    /** `after`: the number is higher than that. Null: nothing waits, or a switch holds it. */
    freeze(provider: string, rowsMax: number, after: number, now: number): Promise<number | null>;
    unwritten(provider: string): Promise<number[]>;
    /** Unless a switch holds it; noted as written where `into` says so. */
    write(
      provider: string,
      no: number,
      into: (bytes: Buffer) => Promise<'written' | 'taken'>,
      now: number,
    ): Promise<void>;
  };
  results: {
    take(
      provider: string,
      name: string,
      no: number,
      file: ResultFile,
      now: number,
    ): Promise<{ kind: 'taken'; queues: Queue[] } | { kind: 'known' | 'refused' }>;
    refuseName(provider: string, name: string, now: number): Promise<void>;
  };
}

/** Of one round and partner; the rest is the next round's. */
const FILES_MAX = 20;

export class FileExchange {
  /** Of result files that this process has looked at: nothing is new about them. */
  private readonly seen = new Map<string, string>();

  constructor(
    private readonly books: FileBooks,
    private readonly partners: readonly Partner[],
  ) {}

  /** Returns the queues of payouts that moved. No partner keeps another waiting. Errors: the first of a file system or database, when all are done. */
  async exchange(now: number): Promise<Queue[]> {
    const done = await Promise.allSettled(
      this.partners.map(async (partner) => {
        await this.send(partner, now);
        return this.take(partner, now);
      }),
    );
    for (const one of done) if (one.status === 'rejected') throw one.reason;
    return done.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  }

  private async send({ name, rowsMax, folder }: Partner, now: number): Promise<void> {
    const { payouts } = this.books;
    const after = highestNumber(name, await folder.payouts());
    for (let n = 0; n < FILES_MAX; n += 1) if ((await payouts.freeze(name, rowsMax, after, now)) === null) break;
    for (const no of await payouts.unwritten(name))
      await payouts.write(name, no, (bytes) => folder.write(payoutFileName(name, no), bytes), now);
  }

  private async take({ name: provider, folder }: Partner, now: number): Promise<Queue[]> {
    const found = (await folder.results()).filter(({ name, mark }) => this.seen.get(`${provider}/${name}`) !== mark);
    const queues: Queue[] = [];
    for (const { name, mark } of found.slice(0, FILES_MAX)) {
      const no = resultNumber(provider, name);
      if (no === null) await this.books.results.refuseName(provider, name, now);
      else {
        const taken = await this.books.results.take(provider, name, no, readResults(await folder.read(name), no), now);
        if (taken.kind === 'taken') queues.push(...taken.queues);
      }
      this.seen.set(`${provider}/${name}`, mark);
    }
    return queues;
  }
}
