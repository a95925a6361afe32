/**
 * What may need a person, as classes in the order of their urgency: whose desk it is, from which age on it is one's business, what a retry would do,
 * and what cures it. A class is stable: alerts, tables and runbooks name its code.
 */

export type Desk = 'operator' | 'finance' | 'marketer';

export interface Cure {
  /** In words. */
  what: string;
  /** The call or command, of the thing that it is about. */
  how: string;
}

export interface AttentionClass {
  desk: Desk;
  /** What it is. */
  what: string;
  /** What is younger is still on its way by itself; 0: nothing moves it but a person. */
  afterMs: number;
  /** What would become of it if it were tried again as it is. */
  ifRetried: string;
  /** `name` is the subject without its kind: of `gateway/sim-gate`, `sim-gate`. */
  cure: (name: string, subject: string) => Cure;
}

const MINUTE_MS = 60_000;
/** Law 8: what is due moves within a minute. */
const DUE_MS = MINUTE_MS;
/** An answer that has not come by then will hardly come by itself; an installation may say otherwise. */
const PATIENCE_MS = 15 * MINUTE_MS;
/** The sealer comes every minute, and its batch may take half of one. */
const SEALED_MS = 90_000;
/** Heads are signed once a day, by the first sweep of it. */
const SIGNED_MS = 26 * 60 * MINUTE_MS;

const lookAtWorkers = {
  what: 'Is a worker running, and does Temporal answer? Then the sweep finds it within a minute; where it does not, the log of API and worker says why.',
  how: './pado doctor',
};

/** All of it at once, told first. */
const retry = (what: string): string => `./pado retry ${what} --reason TEXT`;

export const CLASSES = {
  ledger_unbalanced: {
    desk: 'finance',
    what: 'the accounts of a currency, or an account and its entries, do not add up',
    afterMs: 0,
    ifRetried: 'nothing: a transfer that is posted twice is refused, and none is changed',
    cure: () => ({
      what: 'Somebody has changed the books by hand: find out who and what; the audit names the entries.',
      how: './pado audit',
    }),
  },
  ledger_unsealed: {
    desk: 'operator',
    what: 'transfers that nobody has sealed into the chain',
    afterMs: SEALED_MS,
    ifRetried: 'each is sealed, once',
    cure: () => lookAtWorkers,
  },
  ledger_unsigned: {
    desk: 'operator',
    what: 'sealed transfers that no signed head covers',
    afterMs: SIGNED_MS,
    ifRetried: 'one head is signed that covers all of them',
    cure: () => ({
      what: 'Give the worker PADO_LEDGER_KEYS; where it has them, read its log.',
      how: 'docs/ledger.md, signed heads',
    }),
  },
  queue_stopped: {
    desk: 'operator',
    what: 'a gateway or provider answered something that the protocol does not know: its queue has stopped',
    afterMs: 0,
    ifRetried:
      'nothing of it was acted on: all that waits is gated again and handed over; the same answer stops the queue again',
    cure: (_, subject) => ({
      what: 'Find out with its owner why it answers so, then clear it. Where it is but these few that it answers so to, set them aside: the others go on.',
      how: `./pado attention clear ${subject} [--set-aside] --reason TEXT (POST /v1/attention/${subject}/clear)`,
    }),
  },
  provider_silent: {
    desk: 'operator',
    what: 'a provider has not answered so many submissions in a row: nothing is submitted to it',
    afterMs: 0,
    ifRetried: 'one payout tries it now and then by itself; its answer lets the others go',
    cure: () => ({ what: 'Is it up, and can the worker reach it?', how: './pado doctor' }),
  },
  build_deserted: {
    desk: 'operator',
    what: 'workflows are on a build of which no worker asks for work: they wait for one',
    afterMs: 0,
    ifRetried:
      'nothing: only a worker of that build takes them; abandoned, they begin again on the build in force, from what Postgres has',
    cure: (name) => ({
      what: `Start a worker of it (PADO_BUILD=${name}). Where it is in force and has to go: roll back. Where none of it will come again: abandon it.`,
      how: `./pado deployment; ./pado deployment rollback --reason TEXT; ./pado deployment abandon ${name} --reason TEXT`,
    }),
  },
  run_overdue: {
    desk: 'operator',
    what: 'a run that ought to be opened or closed, and nobody does',
    afterMs: DUE_MS,
    ifRetried: 'its audience is frozen, or it closes; each happens once',
    cure: () => lookAtWorkers,
  },
  lane_overdue: {
    desk: 'operator',
    what: 'people are due in a lane, and nobody moves them',
    afterMs: DUE_MS,
    ifRetried: 'everybody who is due is decided once, by the facts of that moment',
    cure: (name) => ({ ...lookAtWorkers, how: `${lookAtWorkers.how}; ${retry(`lanes ${name}`)}` }),
  },
  start_overdue: {
    desk: 'operator',
    what: 'a slot of a campaign’s start is due, and nobody fires it',
    afterMs: DUE_MS,
    ifRetried: 'the slot is fired once, or skipped as missed',
    cure: () => lookAtWorkers,
  },
  switch_unfinished: {
    desk: 'operator',
    what: 'a resume or stop of which something is still to be moved',
    afterMs: DUE_MS,
    ifRetried: 'what is left of it is moved, once',
    cure: () => lookAtWorkers,
  },
  message_overdue: {
    desk: 'operator',
    what: 'messages may go out, and nobody hands them over',
    afterMs: DUE_MS,
    ifRetried: 'each is gated again and handed over once, or expires',
    cure: (name) => ({ what: `Is a worker running that has ${name} in PADO_GATEWAYS?`, how: './pado doctor' }),
  },
  payout_overdue: {
    desk: 'operator',
    what: 'payouts may be submitted, and nobody does',
    afterMs: DUE_MS,
    ifRetried: 'each is gated again and submitted once',
    cure: (name) => ({ what: `Is a worker running that has ${name} in PADO_PAYOUT_PROVIDERS?`, how: './pado doctor' }),
  },
  lookup_overdue: {
    desk: 'operator',
    what: 'a gateway or provider is to be asked what became of something, or an attempt ought to be over, and nobody looks',
    afterMs: DUE_MS,
    ifRetried: 'it is asked by our key; nothing is handed over by that',
    cure: (name) => ({ what: `Is a worker running that has ${name} in its configuration?`, how: './pado doctor' }),
  },
  event_backlog: {
    desk: 'operator',
    what: 'what has come in, or is to be told on, and has not arrived',
    afterMs: DUE_MS,
    ifRetried: 'each is told once: its message id is known',
    cure: () => lookAtWorkers,
  },
  participant_failed: {
    desk: 'marketer',
    what: 'customers whose data no statement takes: set apart, so that the others go on',
    afterMs: 0,
    ifRetried:
      'each goes on where they stood, in the same visit, so that nothing is sent, earned or claimed twice; whose data is as it was is set apart again',
    cure: (name) => ({
      what: 'See what of their data it was, correct it, and put them back. The item leaves a week after its run has closed.',
      how: `GET /v1/runs/${name}/customers/{id}; POST /v1/customers; ${retry(`participants ${name}`)}`,
    }),
  },
  link_failed: {
    desk: 'operator',
    what: 'customers who were to go on in another campaign, and whose data no statement takes',
    afterMs: 0,
    ifRetried: 'each is told once more: who can enter does, once; who cannot is set apart again',
    cure: (name) => ({
      what: 'Correct their data, then have them told again.',
      how: `${retry(`links ${name}`)}; POST /v1/runs/${name}/links/retell`,
    }),
  },
  message_ambiguous: {
    desk: 'operator',
    what: 'nobody knows whether these messages were accepted',
    afterMs: PATIENCE_MS,
    ifRetried: 'asked again by its id, where the gateway can be asked; sent again only where repeats are safe',
    cure: (name) => ({
      what: 'Is the gateway up? Else its owner has to tell: a receipt settles a message.',
      how: `${retry(`messages ambiguous --gateway ${name}`)}; POST /v1/receipts/${name}, signed by it`,
    }),
  },
  payout_ambiguous: {
    desk: 'finance',
    what: 'nobody knows whether these payouts were paid',
    afterMs: PATIENCE_MS,
    ifRetried:
      'asked again by its key, where the provider can be asked; submitted again only where repeats are safe; else held',
    cure: (name) => ({
      what: 'Is the provider up? Its callback settles a payout, too.',
      how: `GET /v1/payouts?provider=${name}&state=ambiguous; ${retry(`payouts ambiguous --provider ${name}`)}`,
    }),
  },
  payout_held: {
    desk: 'finance',
    what: 'payouts that wait for somebody to decide',
    afterMs: 0,
    ifRetried: 'gated again, and submitted only where no earlier attempt may have paid',
    cure: (name) => ({
      what: 'Have it asked about, approve it, or, as two persons, cancel it or settle it by the word of the provider’s owner.',
      how: `GET /v1/payouts?provider=${name}&state=held; POST /v1/payouts/{key}/look-up, /approve, /cancel, /settle; ${retry(`payouts held --provider ${name}`)}`,
    }),
  },
  payout_unapproved: {
    desk: 'finance',
    what: 'payouts that their campaign wants approved before they leave',
    afterMs: 0,
    ifRetried: 'nothing: they wait for somebody else than who launched the campaign or opened the run',
    cure: (name) => ({
      what: 'See what they come to, then approve them.',
      how: `GET /v1/runs/${name}/payouts/awaiting-approval; POST /v1/runs/${name}/payouts/approve; ${retry(`payouts unapproved --run ${name}`)}`,
    }),
  },
  payout_owed: {
    desk: 'finance',
    what: 'rewards that were earned, and whose payout the provider rejected',
    afterMs: 0,
    ifRetried: 'reissued as the next generation under a key of its own: paid once, for all earlier ones are rejected',
    cure: (name) => ({
      what: 'Reissue it, or waive it as two persons.',
      how: `GET /v1/owed-items?state=open&provider=${name}; POST /v1/owed-items/{key}/reissue, /waive; ${retry(`payouts owed --provider ${name}`)}`,
    }),
  },
  settlement_break: {
    desk: 'finance',
    what: 'what a provider’s settlement and the books say differently',
    afterMs: 0,
    ifRetried: 'matched again: the same difference is the same break',
    cure: (name) => ({
      what: 'Resolve it as two persons, accepted or compensated.',
      how: `./pado match breaks --provider ${name}`,
    }),
  },
  file_unwritten: {
    desk: 'operator',
    what: 'payouts that are to leave in a file for a partner, and have not',
    afterMs: DUE_MS,
    ifRetried: 'the same file under the same number is written, byte for byte',
    cure: (name) => ({
      what: `Can the worker write the folder of ${name}, and does nothing else stand there under its number? What does is never replaced: move it.`,
      how: './pado doctor; docs/payout-files.md',
    }),
  },
  file_missing: {
    desk: 'operator',
    what: 'numbers of a partner’s result files that are missing before later ones',
    afterMs: 0,
    ifRetried: 'nothing, until the file is there; then it is taken once',
    cure: (name) => ({ what: `Ask ${name} for it, under the same number.`, how: 'docs/payout-files.md' }),
  },
} as const satisfies Record<string, AttentionClass>;

export type AttentionCode = keyof typeof CLASSES;
export const CODES = Object.keys(CLASSES) as [AttentionCode, ...AttentionCode[]];

/** From which age on it is a person's business; `patienceMs`: of what nobody knows, where an installation says it. */
export function afterMsOf(code: AttentionCode, patienceMs = PATIENCE_MS): number {
  const { afterMs } = CLASSES[code];
  return afterMs === PATIENCE_MS ? patienceMs : afterMs;
}
