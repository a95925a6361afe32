/**
 * The ordered reasons of one participant in one deciding transaction, as compact text: `node#visit:code,code|node#visit:code`.
 * Law 7: what is not in here did not decide anything.
 */

export interface TraceStep {
  node: string;
  visit: number;
  /** `stage=detail` codes in the order in which they were decided, see `TRACE_CODES`. */
  codes: string[];
}

/** What each code says; {…} is the part after `=`. Shown by the API and the console. */
export const TRACE_CODES: Record<string, string> = {
  exclusion: 'exclusion lists in force: {none | list@version}',
  pack: 'the policy pack of the campaign, at the hand-over: {kept | unmarked | information_only}',
  filter: 'the marketer’s filter of the campaign: {passed | failed}',
  status: 'status read after the locks: {active | incident | withdrawn}',
  consent: 'consent for channel and purpose: {granted | not_needed | missing | refused}',
  address: 'address for the channel: {present | missing | not_needed}',
  quiet: 'quiet hours in the customer’s zone: {open | night_consent | exempt | closed}',
  policy:
    'contacts seen within the policy and its cap: {policy@version:seen/cap | policy@version:exempt | policy@version:yielded_to:run}',
  preferred: 'the channel that the customer prefers, of those of the send: {channel | none}',
  channel: 'a channel of the send, tried in order: {channel:taken | channel:why it was passed over}',
  offer: 'message rendered from {template@version | failed}',
  message:
    'what became of the message: {queued | suppressed:reason | deferred:epoch ms | handed_over | presumed, handed over perhaps before the database was set back | withheld:reason | kept:reason, ambiguous as before}',
  wait: 'the wait: {until:epoch ms | responded | timeout | span_over | open, within its hours}',
  late: 'an event of this wait’s window, received after the wait had closed: {earns | too_late | no_reward}:{ms after the window’s end}',
  branch: 'the branch taken: {yes | no}',
  arm: 'the arm drawn by the split: {name | holdout | excluded, by status or consent}',
  repeat: 'another pass or the last: {again | done}:{pass}/{passes}',
  amount: 'a computed amount: {minor units | none}:{the number or rule it comes from}',
  reward_cap:
    'a cap on what one customer gets, and what this reward adds to what was got within its window: {cap@version:before+this/limit}',
  box: 'the lucky box, the number drawn or next, and the most that it could have been: {box:number:minor units}',
  draw: 'what the number drew: {place of the prize, from 0}:{minor units}',
  reward:
    'the reward: {claimed | already_rewarded | over_cap | no_budget | no_amount, nothing applies | nothing, drawn from a lucky box | box_closed}',
  payout: 'the payout at its hand-over: {held | cancelled}, and why',
  link: 'the journey ended, to go on in the campaign: {key}',
  moved_to: 'goes on in a newer version, in the run and at the node: {run/node}',
  moved_from: 'came from an older version, from the run and the node: {run/node}',
  retried: 'put back where they were set apart, by the retry: {number}',
  exit: 'the journey ended: {reason}',
  stop: 'the run was stopped',
};

export function encodeTrace(steps: readonly TraceStep[]): string {
  return steps.map((s) => `${s.node}#${s.visit}:${s.codes.join(',')}`).join('|');
}

export function decodeTrace(text: string): TraceStep[] {
  if (text === '') return [];
  return text.split('|').map((part) => {
    const colon = part.indexOf(':');
    const [node = '', visit = '1'] = part.slice(0, colon).split('#');
    return { node, visit: Number(visit), codes: part.slice(colon + 1).split(',') };
  });
}
