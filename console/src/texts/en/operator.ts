/** The operator's desk: the attention list and the switches. */
const sweep =
  'Is a worker running, and does Temporal answer? Then the sweep finds it within a minute; where it does not, the log of API and worker says why.';

export const operator = {
  attention: {
    clear_one: 'Hand over {{count, number}} item',
    clear_other: 'Hand over {{count, number}} items',
    clearEffect_one:
      '{{count, number}} item of {{subject}} is gated again and handed over. The same answer stops the queue again:',
    clearEffect_other:
      '{{count, number}} items of {{subject}} are gated again and handed over. The same answer stops the queue again:',
    desk: 'Whose desk',
    ifRetried: 'If it were tried again',
    retry: 'Try again …',
    none: 'Nothing needs anybody.',
    sample: 'The oldest',
    these: 'Among them',
    setAside_one: 'Set {{count, number}} item aside',
    setAside_other: 'Set {{count, number}} items aside',
    setAsideMessages_one:
      '{{count, number}} message got that answer by itself. It is withheld for good, and its customer never gets it.',
    setAsideMessages_other:
      '{{count, number}} messages got that answer by themselves. They are withheld for good, and their customers never get them.',
    setAsideOthers: 'Everything else of {{subject}} is gated again and handed over.',
    setAsidePayouts_one: '{{count, number}} payout got that answer by itself. It is held, until finance decides.',
    setAsidePayouts_other:
      '{{count, number}} payouts got that answer by themselves. They are held, until finance decides.',
    classes: {
      ledger_unbalanced: {
        title: 'The books do not add up',
        cure: 'Somebody has changed the books by hand: find out who and what; the audit names the entries.',
        retried: 'nothing: a transfer that is posted twice is refused, and none is changed',
      },
      ledger_unsealed: { title: 'Transfers that nobody has sealed', cure: sweep, retried: 'each is sealed, once' },
      ledger_unsigned: {
        title: 'Sealed transfers without a signed head',
        cure: 'Give the worker its ledger keys; where it has them, read its log.',
        retried: 'one head is signed that covers all of them',
      },
      queue_stopped: {
        title: 'A queue has stopped',
        cure: 'It answered something that the protocol does not know. Find out with its owner why, then clear it. Where it is but these few, set them aside, and the others go.',
        retried: 'all that waits is gated again and handed over',
      },
      provider_silent: {
        title: 'A provider does not answer',
        cure: 'Is it up, and can the worker reach it?',
        retried: 'one payout tries it now and then by itself; its answer lets the others go',
      },
      build_deserted: {
        title: 'A build without workers',
        cure: 'Workflows are on it, and no worker of it asks for work. Start one; where it is in force and has to go, `pado deployment rollback`; where none of it will come again, `pado deployment abandon`.',
        retried: 'only a worker of that build takes them; abandoned, they begin again on the build in force',
      },
      run_overdue: {
        title: 'A run ought to open or close',
        cure: sweep,
        retried: 'its audience is frozen, or it closes; each happens once',
      },
      lane_overdue: {
        title: 'People are due, and nobody moves them',
        cure: sweep,
        retried: 'everybody who is due is decided once',
      },
      start_overdue: {
        title: 'A start is due, and nobody fires it',
        cure: sweep,
        retried: 'the slot is fired once, or skipped as missed',
      },
      switch_unfinished: {
        title: 'A switch is not finished',
        cure: sweep,
        retried: 'what is left of it is moved, once',
      },
      message_overdue: {
        title: 'Messages may go out, and do not',
        cure: 'Is a worker running that has this gateway in its configuration?',
        retried: 'each is gated again and handed over once, or expires',
      },
      payout_overdue: {
        title: 'Payouts may be submitted, and are not',
        cure: 'Is a worker running that has this provider in its configuration?',
        retried: 'each is gated again and submitted once',
      },
      lookup_overdue: {
        title: 'Somebody ought to be asked, and is not',
        cure: 'Is a worker running that has it in its configuration?',
        retried: 'it is asked by our key; nothing is handed over by that',
      },
      event_backlog: {
        title: 'Events have not arrived where they belong',
        cure: sweep,
        retried: 'each is told once: its message id is known',
      },
      participant_failed: {
        title: 'Customers whose data cannot be used',
        cure: 'See what of their data it was, correct it, and let them enter another run.',
        retried: 'nothing: whoever was set apart has ended in this run',
      },
      link_failed: {
        title: 'Customers who could not go on in another campaign',
        cure: 'Correct their data, then have them told again.',
        retried: 'who can enter does, once; who cannot is set apart again',
      },
      message_ambiguous: {
        title: 'Nobody knows whether messages were accepted',
        cure: 'Is the gateway up? Else its owner has to tell: a receipt settles a message.',
        retried: 'asked again by its id; sent again only where repeats are safe',
      },
      payout_ambiguous: {
        title: 'Nobody knows whether payouts were paid',
        cure: 'Is the provider up? Its callback settles a payout, too.',
        retried: 'asked again by its key; submitted again only where repeats are safe; else held',
      },
      payout_held: {
        title: 'Payouts wait for a decision',
        cure: 'Have it asked about, approve it, or, as two persons, cancel or settle it.',
        retried: 'gated again, and submitted only where no earlier attempt may have paid',
      },
      payout_unapproved: {
        title: 'Payouts wait for approval',
        cure: 'See what they come to, then approve them.',
        retried: 'nothing: they wait for somebody else than who launched the campaign or opened the run',
      },
      payout_owed: {
        title: 'Earned rewards that the provider rejected',
        cure: 'Reissue it, or waive it as two persons.',
        retried: 'reissued under a key of its own: paid once',
      },
      settlement_break: {
        title: 'The settlement and the books differ',
        cure: 'Resolve it as two persons, accepted or compensated.',
        retried: 'matched again: the same difference is the same break',
      },
      file_unwritten: {
        title: 'Payouts are to leave in a file, and have not',
        cure: 'Can the worker write the folder of this partner, and does nothing else stand there under the number? What does is never replaced: move it.',
        retried: 'the same file under the same number is written, byte for byte',
      },
      file_missing: {
        title: 'A file of results is missing',
        cure: 'Ask the partner for it, under the same number.',
        retried: 'nothing, until the file is there; then it is taken once',
      },
    },
  },
  switches: {
    another: 'Switch something',
    kinds: {
      all: 'Everything',
      campaign: 'Campaign',
      channel: 'Channel',
      gateway: 'Gateway',
      payouts: 'All payouts',
      'payouts/campaign': 'Payouts of a campaign',
      'payouts/kind': 'Payouts of a kind',
      provider: 'Provider',
      run: 'Run',
    },
    known: 'Switched so far',
    name: 'Which',
    none: 'Nothing was ever switched: everything runs.',
    note: 'It holds for every decision and hand-over from then on, in every process.',
    scope: 'What',
  },
};
