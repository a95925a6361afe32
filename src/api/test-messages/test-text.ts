/**
 * The text of a test, to whom it goes, and what its gateway's answer says.
 */
import type { Channel, Purpose } from '../../domain/base/channels.js';
import { marksOf, packBreach, type PackTerms } from '../../domain/eligibility/policy-pack.js';
import { testAddressKind } from '../../domain/offer/test-message.js';
import { judgeTemplate, prepareTemplate, type TemplateText } from '../../domain/offer/template.js';
import type { TemplateFault } from '../../domain/offer/template-faults.js';
import type { RewardFacts } from '../../domain/wave/walk.js';
import type { TestState } from '../../storage/test-messages.store.js';
import type { TestRecipient } from '../../storage/test-recipients.store.js';
import { Problem } from '../http/problem.js';
import type { TestOutcome } from '../ports.js';
import { toField } from '../templates/templates.dto.js';

export interface Outgoing {
  id: string;
  channel: Channel;
  to: string;
  text: TemplateText;
  template: string;
  advertising: boolean;
  /** Business time, epoch ms. */
  now: number;
  signedAt: Date;
}

/** Nobody's: what a template reads of a customer comes from the sample. */
const NOBODY = { id: 'test', zone: 'Asia/Seoul' };

/** Errors: 422 with the fault and its place. */
export function renderTest(
  content: TemplateText & { channel: Channel },
  { purpose, pack }: { purpose: Purpose; pack: PackTerms | null },
  sample: { attributes: Record<string, unknown>; reward: RewardFacts | undefined },
): TemplateText {
  const judged = judgeTemplate(content);
  if (!judged.ok) throw faulty(judged.faults);
  const faults: TemplateFault[] = [];
  const render = prepareTemplate(content, purpose, pack && marksOf(pack), (fault) => faults.push(fault));
  const rendered = render({ ...NOBODY, ...sample });
  if (!rendered.ok) throw faulty(faults.length > 0 ? faults : [{ pointer: '/body', detail: rendered.reason }]);
  const { title, body } = rendered;
  const breach = pack && packBreach(pack, { channel: content.channel, purpose, title, body });
  if (breach) throw faulty([{ pointer: '/channel', detail: `the policy pack forbids it: ${breach}` }]);
  return { title, body };
}

const faulty = (faults: readonly TemplateFault[]) =>
  new Problem('unprocessable', undefined, {
    errors: faults.map((fault) => ({ ...toField(fault), pointer: `/content${fault.pointer}` })),
  });

/** The address of each. Errors: 400 naming who has none. */
export function toOutgoing(
  channel: Channel,
  people: readonly string[],
  known: readonly TestRecipient[],
): (person: string) => string {
  const kind = testAddressKind(channel);
  const addresses = new Map(known.map(({ person, addresses: at }) => [person, kind && at[kind]]));
  const errors = people.flatMap((person, n) =>
    addresses.get(person)
      ? []
      : [
          {
            pointer: `/people/${n}`,
            detail: addresses.has(person) ? `has no address for ${channel}` : 'is sent no tests',
          },
        ],
  );
  if (errors.length > 0) throw new Problem('invalid', undefined, { errors });
  return (person) => addresses.get(person) as string;
}

interface Result {
  state: TestState;
  reason: string | null;
  reference: string | null;
}

export function resultOf(outcome: TestOutcome, id: string): Result {
  const nothing = { reason: null, reference: null };
  switch (outcome.kind) {
    case 'answered': {
      const result = outcome.results.get(id);
      return result ? { ...result, state: result.status } : { ...nothing, state: 'unknown' };
    }
    case 'refused':
      return { ...nothing, state: 'not_acted', reason: `status_${outcome.status}` };
    case 'later':
    case 'delayed':
      return { ...nothing, state: 'not_acted', reason: 'later' };
    case 'unknown':
      return { ...nothing, state: 'unknown' };
    default:
      return outcome satisfies never;
  }
}
