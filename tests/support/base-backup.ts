/**
 * A Postgres of a test's own, and a base backup of it while it works, by the server's own functions for that (PostgreSQL, 25.3.4: what pg_basebackup does
 * as well, which not every machine has).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, cpSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { toolsDir } from '../../src/cli/state-dir.js';
import { embeddedPostgres, embeddedUrl, withClient } from '../../src/services/postgres.js';
import { arrive, type Presence } from '../../src/services/presence.js';
import { ensureService } from '../../src/services/service.js';
import { StateFolder } from '../../src/services/state-folder.js';

export class OwnPostgres {
  private constructor(
    private readonly state: StateFolder,
    private readonly presence: Presence,
    private readonly port: number,
  ) {}

  static async start(): Promise<OwnPostgres> {
    return await OwnPostgres.startOn(StateFolder.open(mkdtempSync(join(tmpdir(), 'pado-backup-')), toolsDir()));
  }

  private static async startOn(state: StateFolder): Promise<OwnPostgres> {
    const presence = arrive(state);
    try {
      const { entry } = await ensureService(state, embeddedPostgres(state));
      return new OwnPostgres(state, presence, entry.ports['main'] as number);
    } catch (error) {
      await presence.leave();
      throw error;
    }
  }

  /** As the owner; of the usual database where none is named. */
  url(database?: string): string {
    return embeddedUrl(this.state, this.port, database);
  }

  /** A copy of the data folder taken while transactions commit, and another server on it, which begins with what was written until the backup's end. */
  async restoredFromBackup(): Promise<OwnPostgres> {
    const copy = StateFolder.open(mkdtempSync(join(tmpdir(), 'pado-backup-')), toolsDir());
    const [from, to] = [this.state.path('postgres'), copy.path('postgres')];
    cpSync(this.state.path('secrets'), copy.path('secrets'), { recursive: true });
    await withClient(this.url('postgres'), async (client) => {
      await client.query(`select pg_backup_start('pado', true)`);
      await copyFolder(from, to); // files that vanish meanwhile are in the log
      const { rows } = await client.query<{ label: string }>('select labelfile as label from pg_backup_stop(false)');
      const label = join(to, 'backup_label');
      writeFileSync(label, rows[0]?.label ?? '');
      const { uid, gid } = statSync(join(to, 'PG_VERSION'));
      chownSync(label, uid, gid);
      await copyFolder(join(from, 'pg_wal'), join(to, 'pg_wal'));
    });
    rmSync(join(to, 'postmaster.pid'), { force: true });
    return await OwnPostgres.startOn(copy);
  }

  async close(): Promise<void> {
    await this.presence.leave();
    rmSync(this.state.dir, { recursive: true, force: true });
  }
}

/** With owners and rights; what vanishes under way is left out. */
async function copyFolder(from: string, to: string): Promise<void> {
  const child = spawn('cp', ['-a', `${from}/.`, to], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [told] = await Promise.all([text(child.stderr), once(child, 'close')]);
  const other = told.split('\n').filter((line) => line !== '' && !/No such file or directory/.test(line));
  if (other.length > 0) throw new Error(`the data folder could not be copied: ${other.join(' ')}`);
}
