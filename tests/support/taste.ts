/**
 * Taste as rules: each looks at one source file and names what offends, with the line. tests/tidy.test.ts holds the house to them, and
 * each of them to a sample that it must find.
 */
import { workersWord } from '../../src/services/migration-words.js';
import { heavyIn } from '../../src/services/migration-locks.js';
import type { Source } from './sources.js';

export interface Rule {
  title: string;
  /** Which files it is about. */
  about: RegExp;
  /** Files that may offend, each with its reason. This list shrinks. */
  except?: Record<string, string>;
  /** What offends: a line number (from 1) or nothing for the whole file, and what is wrong. */
  finds(file: Source): Offence[];
  /** A file that offends. */
  sample: { path: string; text: string };
}

export interface Offence {
  line?: number;
  what: string;
}

const LINES_MAX = 300;
const CODE = /\.(ts|tsx|js|cjs|mjs)$/;

/** Every line that matches, comments aside where asked. */
function matching(pattern: RegExp, what: string, options: { commentsToo?: boolean } = {}): (file: Source) => Offence[] {
  return ({ lines }) =>
    lines.flatMap((text, n) => {
      const judged = options.commentsToo ? text : text.replace(/^\s*(\/\/|\/?\*).*$/, '').replace(/\s\/\/ .*$/, '');
      return pattern.test(judged) ? [{ line: n + 1, what }] : [];
    });
}

const opening: Rule = {
  title: 'a file opens with what it is for',
  about: CODE,
  finds({ lines }) {
    const [first = '', second = ''] = lines;
    const begin = first.startsWith('#!') ? second : first;
    return begin.startsWith('/**') ? [] : [{ line: 1, what: 'no opening comment' }];
  },
  sample: { path: 'src/x.ts', text: "import 'y';\n" },
};

const size: Rule = {
  title: `a file has at most ${LINES_MAX} lines`,
  about: CODE,
  finds: ({ lines }) => (lines.length > LINES_MAX ? [{ what: `${lines.length} lines` }] : []),
  sample: { path: 'src/x.ts', text: '\n'.repeat(LINES_MAX + 2) },
};

const names: Rule = {
  title: 'names are kebab-case',
  about: /^(src|workflows|activities|console|tests|docs)\//,
  finds({ path }) {
    const wrong = path.split('/').filter((part) => !/^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/.test(part));
    return wrong.map((part) => ({ what: part }));
  },
  sample: { path: 'src/storage/PayoutStore.ts', text: '' },
};

/** Where a suffix may stand, and where it has to. */
const HOMES: [suffix: string, home: RegExp][] = [
  ['.workflow.ts', /^workflows\//],
  ['.activities.ts', /^activities\//],
  ['.store.ts', /^src\/storage\//],
  ['.channel.ts', /^src\/channels\//],
  ['.provider.ts', /^src\/providers\//],
  ['.controller.ts', /^src\/api\//],
  ['.dto.ts', /^src\/api\//],
  ['.command.ts', /^src\/cli\//],
];

const suffixes: Rule = {
  title: 'a suffix marks an effect or a sandbox and stands in its own folder; a file in domain has none',
  about: /^(src|workflows|activities)\/.*\.ts$/,
  finds({ path }) {
    const file = path.split('/').at(-1) as string;
    if (path.startsWith('src/domain/')) return /\..*\.ts$/.test(file) ? [{ what: 'a suffix in domain' }] : [];
    const known = HOMES.find(([suffix]) => file.endsWith(suffix));
    return known && !known[1].test(path) ? [{ what: `${known[0]} outside its folder` }] : [];
  },
  sample: { path: 'src/api/runs/runs.store.ts', text: '' },
};

const clocks: Rule = {
  title: 'decisions take time, chance and settings as arguments',
  about: /^(src\/domain|workflows|activities)\/.*\.ts$/,
  except: {
    'workflows/turn.ts': 'the one place where a workflow reads Temporal’s time, which replays',
    'workflows/sweep.workflow.ts': 'passes Temporal’s time on; decides nothing about a customer',
  },
  finds: matching(
    /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\brandom(UUID|Bytes|Int)\(|\bprocess\.(env|hrtime)/,
    'a clock, chance or a setting',
  ),
  sample: { path: 'src/domain/x.ts', text: 'const now = Date.now();\n' },
};

const wallClocks: Rule = {
  title: 'the engine reads no wall clock of its own machine',
  about: /^src\/(api|storage|channels|providers|temporal)\/.*\.ts$/,
  except: { 'src/temporal/connect.ts': 'gRPC counts the deadline of a call by it; decides nothing' },
  finds: matching(/\bDate\.now\(|\bnew Date\(\)/, 'a wall clock (law 9)'),
  sample: { path: 'src/api/x.ts', text: 'const at = new Date();\n' },
};

const databaseClocks: Rule = {
  title: 'SQL decides nothing by the database’s clock',
  about: /^src\/(storage|domain)\/.*\.ts$/,
  except: {
    'src/storage/ledger.store.ts': 'when a transfer is booked: evidence, in the order of each account',
    'src/storage/attention.store.ts': 'how long something has waited: told to an operator',
    'src/storage/queues.ts': 'how long a provider asked us to wait: transport',
    'src/storage/webhooks.store.ts': 'tolerance of signatures: transport',
    'src/storage/settlement-files.store.ts': 'the time of signatures of calls: transport',
    'src/storage/signed-heads.store.ts': 'the time of signatures of calls: transport',
    'src/storage/sweep.store.ts': 'leases and look-ups that are due: transport',
    'src/storage/control-changes.ts': 'when the work of a switch was done: transport',
    'src/storage/control-readiness.store.ts': 'live leases, and when a switch was acknowledged: transport',
    'src/storage/control-work.store.ts': 'when the work of a switch was done: transport',
    'src/storage/controls.store.ts': 'when the work of a switch was done: transport',
    'src/storage/claim-rows.ts': 'leases of hand-overs: transport',
    'src/storage/queued-messages.ts': 'what a gateway has put off: transport',
    'src/storage/delivery.store.ts': 'leases, and the time of signatures: transport',
    'src/storage/presumed-messages.ts': 'when to ask about what a restoration doubts: transport',
    'src/storage/presumed-payouts.ts': 'when to ask about what a restoration doubts: transport',
    'src/storage/restorations.store.ts': 'between when hand-overs were lost, and when to ask about them: transport',
    'src/storage/payout-claims.store.ts': 'leases, and the time of signatures: transport',
    'src/storage/test-messages.store.ts': 'the time of signatures of calls: transport',
    'src/storage/breakers.ts': 'when a provider that did not answer is tried again: transport',
    'src/storage/payout-moves.ts': 'when to ask again: transport',
    'src/storage/payout-lookups.ts': 'look-ups and windows of idempotency: transport',
    'src/storage/payout-rest.ts': 'when a queue has something to do again: transport',
    'src/storage/payout-requests.ts': 'how old a submission is: transport',
    'src/storage/retention-rows.ts': 'how old a request is: transport',
    'src/storage/payout-reversals.ts': 'when a reversal is first tried: transport',
    'src/storage/retry-queues.ts': 'when to ask about a message: transport',
    'src/storage/reversals.store.ts': 'leases, look-ups and windows of idempotency: transport',
    'src/storage/payout-attempts.ts': 'when the last call was over: transport',
    'src/storage/payouts.store.ts': 'leases, look-ups and windows of idempotency: transport',
    'src/storage/delivery-results.store.ts': 'leases, look-ups and windows of idempotency: transport',
  },
  finds: matching(
    /(?<![\w.])now\(\)|\b(clock_timestamp|statement_timestamp|transaction_timestamp)\(\)|\bcurrent_(timestamp|date|time)\b|\blocaltimestamp\b/i,
    'the database’s clock',
  ),
  sample: { path: 'src/storage/x.store.ts', text: 'await query(`update t set at = now()`);\n' },
};

const leftovers: Rule = {
  title: 'nothing is left for later',
  about: /^(src|workflows|activities|console|tests|prisma|docs)\/|^[^/]+$/,
  except: { 'tests/support/taste.ts': 'names them' },
  finds: matching(
    /\b(TODO|FIXME|XXX|HACK)\b|\b(describe|it|test)\.only\(|\bas any\b|@ts-(ignore|nocheck)|\bdebugger\b/,
    'a leftover',
    { commentsToo: true },
  ),
  sample: { path: 'src/x.ts', text: '// TODO\n' },
};

const machines: Rule = {
  title: 'nothing names a machine, its paths or a registry',
  about: /./,
  except: { 'tests/support/taste.ts': 'names them' },
  finds: matching(
    /(?<![\w.*@-])\/(home|root|Users|work|tmp)\/\w|registry\.(npmjs|yarnpkg)|pypi\.org|pythonhosted|proxy\.golang\.org|repo1?\.maven/,
    'a machine’s path or a registry',
    { commentsToo: true },
  ),
  sample: { path: 'src/x.ts', text: "const file = '/home/somebody/x';\n" },
};

const migrations: Rule = {
  title: 'a migration says why, and whether workers must stop',
  about: /^prisma\/migrations\/.*\.sql$/,
  finds(file) {
    const comment = /^(--.*\n)+/.exec(file.text)?.[0] ?? '';
    return [
      ...(comment.startsWith('-- Why: ') ? [] : [{ line: 1, what: 'the first line is not `-- Why: …`' }]),
      ...(workersWord(comment)
        ? []
        : [{ line: 2, what: 'no line `-- Workers: may run …` or `-- Workers: must stop …`' }]),
      ...matching(
        /default (now|clock_timestamp)\(\)(?!.*-- database time)/,
        'a default time that is not said to be database time',
        {
          commentsToo: true,
        },
      )(file),
    ];
  },
  sample: { path: 'prisma/migrations/1_x/migration.sql', text: 'create table x ();\n' },
};

const migrationLocks: Rule = {
  title: 'a migration that is heavy on a table of everybody says that workers must stop, or what waits',
  about: migrations.about,
  except: {
    'prisma/migrations/20261124000000_create_spine/migration.sql': 'the first one: nothing runs yet',
    'prisma/migrations/20261125000200_decide_payouts/migration.sql':
      'older than the rule: payouts wait while their index is made',
    'prisma/migrations/20261126000400_index_event_names/migration.sql': 'says so in other words',
    'prisma/migrations/20261127000300_delay_messages/migration.sql':
      'older than the rule: messages wait while their index is made',
  },
  finds(file) {
    const comment = /^(--.*\n)+/.exec(file.text)?.[0] ?? '';
    const isSaid = workersWord(comment) === 'must stop' || /^-- Workers:[^]*\bwaits?\b/m.test(comment);
    return isSaid ? [] : [...new Set(heavyIn(file.text).map(({ what }) => what))].map((what) => ({ what }));
  },
  sample: {
    path: 'prisma/migrations/1_x/migration.sql',
    text: '-- Why: x.\n-- Workers: may run.\ncreate index outbox_x on outbox (x);\n',
  },
};

const localActivities: Rule = {
  title: 'no effect hides in a local activity',
  about: /^(src|workflows|activities)\/.*\.ts$/,
  finds: matching(/proxyLocalActivities|scheduleLocalActivity/, 'a local activity'),
  sample: { path: 'workflows/x.ts', text: 'const x = proxyLocalActivities({});\n' },
};

const proxies: Rule = {
  title: 'activity proxies stand in one table',
  about: /^workflows\/.*\.ts$/,
  except: { 'workflows/proxies.ts': 'is that table' },
  finds: matching(/\bproxyActivities\b|scheduleActivity/, 'a proxy elsewhere'),
  sample: { path: 'workflows/x.workflow.ts', text: 'const x = proxyActivities({});\n' },
};

const wayOut: Rule = {
  title: 'calls to others leave by one door, which judges where they go',
  about: /^(src\/(api|channels|domain|exchange|notary|providers|storage|temporal)|workflows|activities)\/.*\.ts$/,
  except: {
    'src/channels/signed-http.ts': 'is that door',
    'src/channels/smtp-session.ts': 'is that of mail, and asks the same judge',
  },
  finds: matching(
    /(?:\bawait|\breturn|=>?|[(,])\s*fetch\(|^import (?!type).*'(undici|(node:)?(https?|http2|net|tls|dgram))'|\bnew WebSocket\(/,
    'a way out of its own',
  ),
  sample: { path: 'src/api/x.ts', text: 'const answer = await fetch(url);\n' },
};

const fourEyes: Rule = {
  title: 'whether somebody is the second person is asked in one place',
  about: /^src\/(api|storage|domain)\/.*\.ts$/,
  finds: matching(
    /\b(proposedBy|requestedBy|launchedBy|openedBy|editedBy|madeBy|proposed\.by)\s*[!=]==|[!=]==\s*(\w+\.)*(proposedBy|requestedBy|launchedBy|openedBy|editedBy|madeBy|proposed\.by)\b/,
    'persons compared elsewhere than in domain/base/four-eyes.ts',
  ),
  sample: { path: 'src/storage/x.store.ts', text: "if (change.requestedBy === by) return 'own_request';\n" },
};

const skipped: Rule = {
  title: 'a test is skipped for a named need only',
  about: /^tests\/.*\.ts$/,
  except: { 'tests/support/tiers.ts': 'is how', 'tests/support/taste.ts': 'names them' },
  finds: matching(/\b(describe|it|test)\.(skip|todo|failing)\b|\bx(it|describe|test)\(/, 'a skipped test'),
  sample: { path: 'tests/x.test.ts', text: "it.skip('x', () => {});\n" },
};

export const RULES: Rule[] = [
  opening,
  size,
  names,
  suffixes,
  clocks,
  wallClocks,
  databaseClocks,
  leftovers,
  machines,
  migrations,
  migrationLocks,
  localActivities,
  proxies,
  wayOut,
  fourEyes,
  skipped,
];

/** `path:line what`, exceptions left out. */
export function offences(rule: Rule, files: Source[]): string[] {
  return files
    .filter((file) => rule.about.test(file.path) && rule.except?.[file.path] === undefined)
    .flatMap((file) =>
      rule.finds(file).map(({ line, what }) => `${file.path}${line === undefined ? '' : `:${line}`} ${what}`),
    );
}
