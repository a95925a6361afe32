/**
 * Each patch in force: why, since when, when it may go.
 */
export const PATCHES: readonly { id: string; why: string; since: string; mayGo: string }[] = [
  {
    id: 'lane-looks-again',
    why: 'a lane that is told of an entrant while it finds nobody left looks again instead of ending',
    since: '0.2.0',
    mayGo: 'when no lane of a run opened by 0.1.0 is open any more',
  },
  {
    id: 'lane-hears-while-it-tells',
    why: 'a lane that is told of somebody while it tells its run that nobody is left looks again: it ended, and left him to the sweep',
    since: '0.2.0',
    mayGo: 'when no lane that began on a build before this is open any more: each continues as new within 200 turns',
  },
  {
    id: 'resolve-between-hand-overs',
    why: 'a queue resolves what is unsure after each hand-over, also after one that failed or has more to do: a long queue starved it',
    since: '0.2.0',
    mayGo: 'when no queue started by 0.1.0 is open any more: each continues as new within 200 turns',
  },
  {
    id: 'hand-over-again-when-stale',
    why: 'a queue that begins again does not know its step and is told it by its first turn: it looked at what is unsure and slept before it went on',
    since: '0.2.0',
    mayGo: 'when no queue that began on a build before this is open any more: each continues as new within 200 turns',
  },
  {
    id: 'failures-of-each-activity',
    why: 'a queue counts the failures of hand-over and resolving apart: a hand-over that failed alone was tried each second, and never told as failing',
    since: '0.2.0',
    mayGo: 'when no queue that began on a build before this is open any more: each continues as new within 200 turns',
  },
];
