/**
 * What a person reads when `pado up` is ready: where it is, how to come in, what is there, what to do next and how to stop it. 80 columns are enough;
 * links and keys stand alone on their lines, so that a terminal neither wraps nor cuts them. Pure.
 */
import type { Colors } from '../demo/report.js';
import type { UpUrls } from './up-record.js';

export interface Ready {
  urls: UpUrls;
  /** Shown once, where this start made it. */
  adminKey?: string | undefined;
  /** Lets the first person in, once. */
  signIn?: string | undefined;
  /** Of a demonstration: lets the second person in. */
  second?: string | undefined;
}

const LABEL_WIDTH = 13;

/** `demo`: of `up --demo`. `background`: this process ends, what it started goes on. */
export function readyCard(ready: Ready, how: { demo: boolean; background: boolean }, colors: Colors): string[] {
  const { urls, adminKey, signIn, second } = ready;
  const row = (label: string, text: string) => `  ${colors.dim(label.padEnd(LABEL_WIDTH))}${text}`;
  const link = (says: string, note: string, url: string) => [
    '',
    `  ${says} ${colors.dim(`(${note})`)}`,
    colors.cyan(url),
  ];
  const title = how.demo ? 'Pado is ready, with a demonstration that moves' : 'Pado is ready';
  return [
    '',
    `${colors.green('✔')} ${colors.bold(title)}`,
    '',
    row('Console', urls.api),
    row('API docs', urls.docs),
    ...(urls.temporalUi ? [row('Temporal UI', urls.temporalUi)] : []),
    ...(signIn ? link(how.demo ? 'Sign in' : 'Sign in as administrator', 'once, within the hour', signIn) : []),
    ...(second ? link('A second person, who approves', 'in a private window; once', second) : []),
    ...(adminKey ? ['', `  Admin key ${colors.dim('(shown this once: keep it)')}`, adminKey] : []),
    '',
    row('Desks', 'operations, marketing, finance: an administrator sees all three'),
    ...(how.demo ? demoRows(row) : ownRows(row)),
    row('Stop', stop(how)),
    '',
  ];
}

type Row = (label: string, text: string) => string;

const demoRows = (row: Row): string[] => [
  row('Next', 'the first page leads through four steps: watch, change and count,'),
  row('', 'launch your own, break the provider and see nobody paid twice'),
];

const ownRows = (row: Row): string[] => [
  row('Next', 'customers in, then a campaign from the gallery: docs/practice.md'),
  row('Look first', './pado up --demo in another terminal: a campaign that moves'),
];

function stop({ demo, background }: { demo: boolean; background: boolean }): string {
  if (demo) return 'Ctrl-C; nothing of it is kept, and your own data is elsewhere';
  return background ? './pado down' : 'Ctrl-C here, or ./pado down elsewhere';
}
