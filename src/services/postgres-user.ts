/**
 * Postgres refuses to run as root. Where we are root it runs as an account of the system that may do nothing else, without making one;
 * anybody else runs it as themselves.
 */
import { chmodSync, chownSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { onPath } from './executables.js';
import { EnvironmentLack } from './report.js';
import type { Launch } from './service.js';

export interface Unprivileged {
  run(command: string, args: string[]): Launch;
  /** Give a file or an empty folder to that user. */
  own(path: string): void;
  /** Let that user pass through the folder. */
  passThrough(dir: string): void;
}

const ENV = () => ({ PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' });

/** `reached`: folders that user has to reach. Errors: EnvironmentLack where there is no such account or it cannot reach them. */
export function unprivileged(reached: string[]): Unprivileged {
  if (process.getuid?.() !== 0) {
    return {
      run: (command, args) => ({ command, args, env: ENV() }),
      own: () => undefined,
      passThrough: () => undefined,
    };
  }
  const { uid, gid } = account();
  const behind = reached.flatMap(foldersAbove).filter((dir) => !mayPass(dir, uid, gid));
  const setpriv = onPath('setpriv');
  if (behind.length > 0 && !setpriv) {
    throw new EnvironmentLack(
      `Postgres does not run as root, and other users may not pass through ${behind[0]}.`,
      'Install setpriv (util-linux), move the clone to a folder that all may pass through, or set DATABASE_URL.',
    );
  }
  return {
    run(command, args) {
      if (behind.length === 0 || !setpriv) return { command, args, uid, gid, env: ENV() };
      // In a home like that of root: the one right it needs is to pass through closed folders.
      const rights = [
        '--inh-caps=-all,+dac_override',
        '--ambient-caps=-all,+dac_override',
        '--bounding-set=-all,+dac_override',
      ];
      return {
        command: setpriv,
        args: [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...rights, '--', command, ...args],
        env: ENV(),
      };
    },
    own: (path) => chownSync(path, uid, gid),
    passThrough: (dir) => chmodSync(dir, 0o711),
  };
}

/** initdb wants a name for its uid, so the account has to exist. */
function account(): { uid: number; gid: number } {
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody', 'daemon']) {
    const [, , uid, gid] = accounts.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new EnvironmentLack(
    'Postgres does not run as root, and this system has no account `postgres` or `nobody`.',
    'Run pado as an ordinary user, add one of these accounts, or set DATABASE_URL.',
  );
}

function foldersAbove(dir: string): string[] {
  return dirname(dir) === dir ? [dir] : [dir, ...foldersAbove(dirname(dir))];
}

function mayPass(dir: string, uid: number, gid: number): boolean {
  const { mode, uid: owner, gid: group } = statSync(dir);
  if (owner === uid) return (mode & 0o100) !== 0;
  return (mode & (group === gid ? 0o010 : 0o001)) !== 0;
}
