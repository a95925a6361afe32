/**
 * The demo from the first customer to the audit, in the order of a campaign's life. It knows the installation by its API, the systems of
 * others by their books, and the engine not at all.
 */
import { generateCustomers } from '../generator/customers.js';
import { generateEvents } from '../generator/events.js';
import { Responders, type RespondersStats } from '../generator/responders.js';
import { reportStep, type Report } from '../services/report.js';
import {
  CAP,
  defineBasics,
  EARLIER,
  earlierCampaign,
  HISTORY_DAYS,
  launch,
  MAIN,
  mainCampaign,
  REWARD_KRW,
  windowSeconds,
} from './campaigns.js';
import type { Installation } from './installation.js';
import { follow, followSealer, NotSettled, type Seen } from './live.js';
import {
  counted,
  grouped,
  isSettled,
  openOf,
  outsideLines,
  reportLine,
  reportLines,
  stageLine,
  STAGES,
  type Colors,
  type RunReport,
} from './report.js';
import type { Screen } from './screen.js';
import { openItems, verdictLines, type Verdict } from './verdict.js';

const DAY_MS = 86_400_000;
/** Of both campaigns together. */
const LIMIT_MS = 600_000;
const SEALED_WITHIN_MS = 60_000;

export interface ShowOptions {
  customers: number;
  seed: string;
  report: Report;
  screen: Screen;
  colors: Colors;
  signal: AbortSignal;
  /** The audit from the demo's database and both books. */
  audit(installation: Installation): Promise<Verdict>;
}

export interface Shown {
  /** The audit is clean, and nothing is open. */
  clean: boolean;
  report: RunReport;
}

/** Errors: those of the API's answers, NotSettled of the earlier campaign, the reason of the aborted signal. */
export async function show(installation: Installation, options: ShowOptions): Promise<Shown> {
  await populate(installation, options);
  const untilMs = performance.now() + LIMIT_MS;
  await earlier(installation, untilMs, options);
  const report = await wave(installation, untilMs, options);
  return await judge(installation, report, options);
}

async function populate({ client, epochMs }: Installation, options: ShowOptions): Promise<void> {
  const { report, customers, seed, signal } = options;
  const people = () => generateCustomers(seed, customers, epochMs);
  await reportStep(report, 'Customers', async () => {
    const { received } = await client.importCustomers(people());
    return { value: null, detail: `${grouped(received)} synthetic people, seed ${seed}` };
  });
  await reportStep(report, 'History', async (step) => {
    const events = generateEvents(seed, people(), epochMs - HISTORY_DAYS * DAY_MS, epochMs);
    const sent = await client.sendEvents(events, (n) => step.note(`${grouped(n)} events`));
    signal.throwIfAborted();
    return { value: null, detail: `${grouped(sent)} events of ${HISTORY_DAYS} days` };
  });
  await reportStep(report, 'Defined', async () => {
    const { selected } = await defineBasics(client, customers);
    const cap = `at most ${CAP} contacts in 7 days`;
    return { value: null, detail: `a segment of ${grouped(selected)}, ${cap}, ₩${grouped(REWARD_KRW)} for a purchase` };
  });
}

/** Uses up contacts: afterwards some are at the cap, and some will be after one wave. */
async function earlier(
  { client, name }: Installation,
  untilMs: number,
  { report, signal }: ShowOptions,
): Promise<void> {
  await reportStep(report, 'Earlier', async (step) => {
    const run = await launch(client, EARLIER, earlierCampaign, name);
    const see = ({ report: seen }: Seen) => step.note(reportLine(seen));
    const { waves } = await follow(client, { run, signal, untilMs, see });
    const sent = waves.reduce((n, one) => n + one.sent, 0);
    return { value: null, detail: `another campaign has used up ${grouped(sent)} contacts of VIP and gold customers` };
  });
}

/** The main campaign, with everybody who plays a part in it, until it has come to its end. */
async function wave(
  { client, outside, name }: Installation,
  untilMs: number,
  options: ShowOptions,
): Promise<RunReport> {
  const { report, customers, seed, signal, screen, colors } = options;
  const seconds = windowSeconds(customers);
  const responders = new Responders({
    seed,
    apiUrl: client.url,
    writeKey: client.writeKey,
    event: 'purchase',
    shares: [0.18, 0.1],
    windowMs: seconds * 1_000,
    lateShare: 0.03,
    repeatShare: 0.05,
  });
  try {
    outside.onMessage((message) => responders.receive(message));
    const systems = { gateway: outside.gateway.name, provider: outside.provider.name };
    const run = await reportStep(report, 'Launched', async () => {
      const campaign = mainCampaign({ ...systems, windowSeconds: seconds });
      const value = await launch(client, MAIN, campaign, name);
      return { value, detail: `${MAIN}: two waves, ${seconds} s for an answer to each; a Tuesday, 10:00 in Seoul` };
    });
    screen.line();
    const lines = (seen: Seen) => frame(seen, responders.stats(), outside.seen(), colors);
    let last = null as Seen | null;
    const see = (seen: Seen) => {
      last = seen;
      screen.frame(lines(seen), reportLine(seen.report));
    };
    const isQuiet = () => responders.stats().pending === 0;
    try {
      const settled = await follow(client, { run, signal, untilMs, see, isQuiet });
      if (last) last = { ...last, active: new Set(STAGES) };
      return settled;
    } finally {
      if (last) screen.last(lines(last));
    }
  } catch (error) {
    if (!(error instanceof NotSettled)) throw error;
    screen.line();
    screen.line(colors.red(error.message)); // the audit says more
    return error.report;
  } finally {
    screen.settle();
    await responders.close();
  }
}

function frame(
  { report, active, seconds }: Seen,
  people: RespondersStats,
  seen: Parameters<typeof outsideLines>[0],
  colors: Colors,
): string[] {
  const { sent, late, repeated, pending } = people;
  const answers = `${grouped(sent)} answers, ${grouped(late)} too late, ${grouped(repeated)} told twice · ${grouped(pending)} to come`;
  return [
    stageLine(active, seconds, colors),
    '',
    ...reportLines(report, colors),
    ...outsideLines(seen, colors),
    `${colors.bold('customers ')}${answers}`,
  ];
}

async function judge(installation: Installation, report: RunReport, options: ShowOptions): Promise<Shown> {
  const { screen, colors } = options;
  screen.line();
  await followSealer(installation.client, { signal: options.signal, withinMs: SEALED_WITHIN_MS });
  const verdict = await reportStep(options.report, 'Audit', async () => {
    const value = await options.audit(installation);
    return { value, detail: 'the laws, judged from the tables and the books of provider and gateway' };
  });
  for (const line of verdictLines(verdict, colors)) screen.line(`  ${line}`);
  const open = [...openOf(report), ...counted({ 'open by the audit': openItems(verdict) })];
  const clean = verdict.clean && isSettled(report) && open.length === 0;
  screen.line();
  if (clean) screen.line(colors.green(colors.bold('Clean: every reward paid once, nothing open.')));
  else
    screen.line(
      colors.red(
        colors.bold(verdict.clean ? `Still open: ${open.join(', ')}.` : 'Not clean: see the violations above.'),
      ),
    );
  return { clean, report };
}
