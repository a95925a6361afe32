/**
 * Who uses a state: each launcher leaves its identity; the last one that goes stops the services. A launcher that is killed is followed by
 * its warden, a small shell process that waits for its end and then does the same. Starting and stopping happen under one lock.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, ownIdentity, type ProcessIdentity } from './processes.js';
import { stopAllEnrolled } from './roster.js';
import { isErrno, type StateFolder } from './state-folder.js';

const USER_SUFFIX = '.user';
const LOCK = 'run/lock';

/** One launcher's use of a state. */
export interface Presence {
  /** Go; whoever is last stops what runs. Answers whether that was us. */
  leave(): Promise<boolean>;
}

let counter = 0;

export function arrive(state: StateFolder): Presence {
  const self = ownIdentity();
  const name = `${self.pid}-${++counter}${USER_SUFFIX}`;
  const file = `run/${name}`;
  state.write(file, `${self.pid} ${self.start}\n`);
  const warden = startWarden(state, name);
  return {
    async leave() {
      const last = await withLock(state, async () => {
        state.remove(file);
        if (liveUsers(state).length > 0) return false;
        await stopAllEnrolled(state);
        return true;
      });
      await dismiss(warden);
      return last;
    },
  };
}

/** Launchers that run now; what dead ones left is removed. */
export function liveUsers(state: StateFolder): ProcessIdentity[] {
  const users: ProcessIdentity[] = [];
  for (const name of readdirSync(state.path('run'))) {
    if (!name.endsWith(USER_SUFFIX)) continue;
    const user = parseIdentity(state.read(`run/${name}`));
    if (user && isAlive(user)) users.push(user);
    else state.remove(`run/${name}`);
  }
  return users;
}

/** One at a time per state, over processes; the lock of a dead one is broken. Errors: those of `work`; the reason of an aborted `signal`. */
export async function withLock<T>(state: StateFolder, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const self = ownIdentity();
  const draft = state.path(`run/lock-${self.pid}-${++counter}`);
  writeFileSync(draft, `${self.pid} ${self.start}\n`, { mode: 0o600 });
  try {
    while (!take(draft, state.path(LOCK))) {
      signal?.throwIfAborted();
      breakIfStale(state);
      await sleep(50);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  try {
    return await work();
  } finally {
    state.remove(LOCK);
  }
}

function take(draft: string, lock: string): boolean {
  try {
    linkSync(draft, lock);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

function breakIfStale(state: StateFolder): void {
  const seen = state.read(LOCK);
  const holder = parseIdentity(seen);
  if (seen === null || (holder && isAlive(holder))) return;
  const aside = state.path(`run/lock-broken-${process.pid}`);
  try {
    renameSync(state.path(LOCK), aside);
    // Somebody may have broken and taken it between the look and the move: then it goes back.
    if (readFileSync(aside, 'utf8') !== seen) linkSync(aside, state.path(LOCK));
  } catch (error) {
    if (!isErrno(error, 'ENOENT') && !isErrno(error, 'EEXIST')) throw error;
  }
  rmSync(aside, { force: true });
}

function parseIdentity(text: string | null): ProcessIdentity | null {
  const match = /^(\d+) (\S+)$/.exec(text?.trim() ?? '');
  return match?.[2] === undefined ? null : { pid: Number(match[1]), start: match[2] };
}

/**
 * Waits for the end of its standard input, which only this process holds open. Then, unless another launcher uses the state, ends what is
 * enrolled, as `stopAllEnrolled` does. This process uses it no more then, though it may be seen for a while yet: what is killed lets go of its files
 * before it is gone.
 */
const WARDEN = `
start_of() {
  if [ -d /proc/self ]; then
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    set -- \${stat##*) }
    [ "$1" = Z ] || echo "\${20}"
  else
    ps -o lstart= -p "$1" | tr -s ' ' '_' | sed 's/^_//;s/_$//'
  fi
}
alive() { [ -n "$2" ] && [ "$(start_of "$1")" = "$2" ]; }
cat >/dev/null
cd "$1" || exit 0
rm -f "$2"
tries=0
until ln warden-$$ lock 2>/dev/null; do
  [ -f warden-$$ ] || echo "$$ $(start_of $$)" >warden-$$
  if [ -f lock ]; then
    read -r pid start <lock 2>/dev/null && ! alive "$pid" "$start" && rm -f lock
  fi
  tries=$((tries + 1))
  if [ $tries -gt 100 ]; then rm -f warden-$$; exit 0; fi
  [ $tries -le 2 ] || sleep 0.2
done
rm -f warden-$$
used=0
for file in *.user; do
  [ -f "$file" ] && read -r pid start <"$file" || continue
  if alive "$pid" "$start"; then used=1; else rm -f "$file"; fi
done
if [ $used = 0 ]; then
  for file in *.process; do
    [ -f "$file" ] && read -r pid start end stop <"$file" || continue
    alive "$pid" "$start" && kill "-$end" "$pid"
  done
  waited=0
  left=1
  while [ $left = 1 ]; do
    left=0
    for file in *.process; do
      [ -f "$file" ] && read -r pid start end stop <"$file" || continue
      if ! alive "$pid" "$start"; then rm -f "$file"; continue; fi
      over=$((waited - \${stop:-15} * 5))
      [ $over -lt 0 ] || kill -KILL "$pid"
      [ $over -gt 75 ] || left=1
    done
    [ $left = 0 ] || sleep 0.2
    waited=$((waited + 1))
  done
fi
rm -f lock
`;

/** It finds nothing to do; nobody should see it linger. */
async function dismiss(warden: ChildProcess): Promise<void> {
  if (warden.exitCode !== null || warden.signalCode !== null) return;
  const ended = once(warden, 'exit');
  warden.ref(); // else nothing keeps this process alive until it is gone
  warden.stdin?.end();
  await Promise.race([ended, sleep(2_000, undefined, { ref: false })]);
}

/** `user`: the file of this launcher's use, in the folder of who runs. */
function startWarden(state: StateFolder, user: string): ChildProcess {
  const warden = spawn('sh', ['-c', WARDEN, 'pado-warden', state.path('run'), user], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  warden.unref();
  warden.stdin?.on('error', () => undefined); // it ended before us: nothing left to wait for
  if (warden.stdin && 'unref' in warden.stdin) (warden.stdin as { unref(): void }).unref();
  return warden;
}
