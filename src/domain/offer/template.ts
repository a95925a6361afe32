/**
 * Message templates: a bounded part of Liquid over `customer.<attribute>` and, after a wait for its payout, `reward.*`. Only tags and filters that read no clock, no file and no
 * chance and cannot loop are there, so that the same customer always gets the same text. What a value contains is never read as Liquid.
 */
import { josa } from 'es-hangul';
import { Liquid, TokenKind, type Template } from 'liquidjs';
import type { Channel, Purpose } from '../base/channels.js';
import { toDecimal } from '../base/money.js';
import { localTime } from '../base/time.js';
import type { RewardFacts, Rendered } from '../wave/walk.js';
import { ADVERTISING_MARK } from '../eligibility/policy-pack.js';
import { faultOf, isUndefinedVariable, readNames, type TemplateFault } from './template-faults.js';
import { sizeFault, textSize, type TextSize } from './text-size.js';

const TAGS = new Set(['assign', 'capture', 'case', 'comment', 'echo', 'if', 'raw', 'unless', '#']);
const FILTERS = new Set(
  `abs append at_least at_most capitalize ceil default divided_by downcase escape floor lstrip minus modulo plus prepend remove
   remove_first replace replace_first round rstrip size slice strip strip_html strip_newlines times truncate upcase url_encode`.split(
    /\s+/,
  ),
);
const TEMPLATE_LENGTH_MAX = 20_000;
/** Characters that one rendering may build up on its way. */
const MEMORY_MAX = 1_000_000;
export const RENDERED_LENGTH_MAX = 10_000;

const engine = createEngine();

function createEngine(): Liquid {
  const liquid = new Liquid({
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    parseLimit: TEMPLATE_LENGTH_MAX,
    memoryLimit: MEMORY_MAX,
    templates: {},
  });
  for (const tag of Object.keys(liquid.tags)) if (!TAGS.has(tag)) delete liquid.tags[tag];
  for (const filter of Object.keys(liquid.filters)) if (!FILTERS.has(filter)) delete liquid.filters[filter];
  liquid.registerFilter('josa', (word: unknown, particle: unknown) =>
    josa(typeof word === 'string' ? word : JSON.stringify(word ?? ''), String(particle) as Parameters<typeof josa>[1]),
  );
  return liquid;
}

export interface TemplateText {
  title: string | null;
  body: string;
}
export type ParsedTemplate =
  { ok: true; /** Such as customer.name, sorted. */ variables: string[] } | { ok: false; faults: TemplateFault[] };

/** Check both texts and tell which variables they read. */
export function parseTemplate({ title, body }: TemplateText): ParsedTemplate {
  const faults: TemplateFault[] = [];
  const variables = new Set<string>();
  for (const [pointer, text] of [
    ['/title', title ?? ''],
    ['/body', body],
  ] as const) {
    try {
      for (const { segments, line, column } of readNames(engine.analyzeSync(engine.parse(text)).globals)) {
        const name = segments.map(String).join('.');
        if (isVariable(segments)) variables.add(name);
        else faults.push({ pointer, line, column, detail: `reads ${name}; ${READABLE}` });
      }
    } catch (error) {
      const fault = faultOf(pointer, error);
      if (fault === null) throw error;
      faults.push(fault);
    }
  }
  return faults.length > 0 ? { ok: false, faults } : { ok: true, variables: [...variables].sort() };
}

export const REWARD_VARIABLES = ['amount', 'code', 'paidAt'] as const;
const READABLE = 'a template reads customer.<attribute>, reward.amount, reward.code and reward.paidAt';

/** What `josa` chooses between; the first of each pair follows a syllable that ends in a consonant. */
export const PARTICLES =
  '이/가 을/를 은/는 으로/로 와/과 이나/나 이란/란 아/야 이랑/랑 이에요/예요 으로서/로서 으로써/로써 으로부터/로부터 이라/라'.split(
    ' ',
  );

/** Tags and filters that a template may use, in their order by name. */
export const templateWords = (): { tags: string[]; filters: string[] } => ({
  tags: [...TAGS].filter((tag) => tag !== '#').sort(),
  filters: [...FILTERS, 'josa'].sort(),
});

function isVariable(segments: readonly unknown[]): boolean {
  const [head, key] = segments;
  if (segments.length !== 2) return false;
  return head === 'customer'
    ? typeof key === 'string'
    : head === 'reward' && (REWARD_VARIABLES as readonly unknown[]).includes(key);
}

export interface TemplateCustomer {
  id: string;
  /** Of the customer: times are shown in it. */
  zone: string;
  attributes: Readonly<Record<string, unknown>>;
  reward?: RewardFacts | undefined;
}

/**
 * The least that a text can be, whoever gets it: what stands outside of tags and variables, with the marks of advertising. Errors: an Error
 * where the template does not parse.
 */
export function leastSize(
  { channel, title, body }: TemplateText & { channel: Channel },
  marks: Marks | null,
): TextSize {
  const literal = (text: string) =>
    engine
      .parse(text)
      .map(({ token }) => (token.kind === TokenKind.HTML ? token.getText().trim() : ''))
      .join('');
  const text = { title: title === null ? null : literal(title), body: literal(body) };
  return textSize(channel, marks ? marked(text, marks) : text);
}

/** Check texts as they are stored: both parse, and the least of them fits the channel. */
export function judgeTemplate(content: TemplateText & { channel: Channel }): ParsedTemplate {
  const parsed = parseTemplate(content);
  if (!parsed.ok) return parsed;
  const fault = sizeFault(leastSize(content, null));
  return fault === null ? parsed : { ok: false, faults: [{ pointer: '/body', detail: fault }] };
}

/** What advertising bears beside the leading mark: lines that end it. */
export interface Marks {
  ending: string | null;
}

/** The marks of a text for this purpose; `ending` as the policy pack has it. */
export const marksFor = (purpose: Purpose, ending: string | null): Marks | null =>
  purpose === 'advertising' ? { ending } : null;

/**
 * Parse once, render often. A failure is a value: it is this customer's alone; `tell` hears where it stands in the text. Errors: an Error where the
 * template does not parse.
 */
export function prepareTemplate(
  template: TemplateText & { key?: string; version?: number; channel: Channel },
  purpose: Purpose,
  ending: string | null = null,
  tell?: (fault: TemplateFault) => void,
): (customer: TemplateCustomer) => Rendered {
  const marks = marksFor(purpose, ending);
  const title = template.title === null ? null : engine.parse(template.title);
  const body = engine.parse(template.body);
  return (customer) => {
    const scope = { customer: { ...customer.attributes, id: customer.id }, reward: rewardScope(customer) };
    let pointer = '/title';
    try {
      const rendered = title === null ? null : render(title, scope);
      pointer = '/body';
      const text = { title: rendered, body: render(body, scope) };
      if (text.body.trim() === '') return { ok: false, reason: 'empty' };
      if (text.body.length + (text.title?.length ?? 0) > RENDERED_LENGTH_MAX) return { ok: false, reason: 'too_long' };
      const whole = marks ? marked(text, marks) : text;
      if (template.channel === 'email' && /\p{Cc}/u.test(whole.title ?? ''))
        return { ok: false, reason: 'unsafe_title' };
      if (sizeFault(textSize(template.channel, whole)) !== null) return { ok: false, reason: 'too_long' };
      return { ok: true, ...whole };
    } catch (error) {
      const fault = tell && faultOf(pointer, error);
      if (fault) tell(fault);
      // never the message of the error: it may quote what the text came to
      return { ok: false, reason: isUndefinedVariable(error) ? 'undefined_variable' : 'failed' };
    }
  };
}

const render = (template: Template[], scope: object): string => String(engine.renderSync(template, scope));

/** What has not been told is not there: a text that needs it cannot be rendered. */
function rewardScope({ reward, zone }: TemplateCustomer): Record<string, string> {
  if (!reward) return {};
  return {
    amount: toDecimal(reward.amount),
    ...(reward.code === null ? {} : { code: reward.code }),
    ...(reward.paidAt === null ? {} : { paidAt: localTime(reward.paidAt, zone) }),
  };
}

/** The mark leads whatever is read first; sender, contact and the way to refuse end the text. */
function marked({ title, body }: TemplateText, { ending }: Marks): TemplateText {
  const lead = (text: string) => (text.startsWith(ADVERTISING_MARK) ? text : `${ADVERTISING_MARK} ${text}`);
  const ended = ending === null || body.includes(ending) ? body : `${body}\n${ending}`;
  return title === null ? { title, body: lead(ended) } : { title: lead(title), body: ended };
}
