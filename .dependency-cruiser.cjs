/**
 * Who may import whom, each rule with its why. The arrows are those of docs/architecture.md; a rule is loosened only there and here at
 * once.
 */
const OURS = '^(src|workflows|activities|console|tests)/';
const ENTRYPOINTS = '^src/(main|worker|api-process|cli|app\\.module|wiring|wiring-[^/]+)\\.ts$';
const module_ = (...names) => `(^|/)node_modules/(${names.join('|')})(/|$)`;
const ANY_PACKAGE = '(^|/)node_modules/';

/** `from` may reach nothing but `allowed`; of `asTypes` the types alone. */
function only(name, comment, from, { allowed = [], asTypes = [] }) {
  const rule = (suffix, to) => ({ name: `${name}${suffix}`, comment, severity: 'error', from, to });
  if (asTypes.length === 0) return [rule('', { pathNot: allowed })];
  return [
    rule('', { pathNot: [...allowed, ...asTypes] }),
    rule('-types', { path: asTypes, pathNot: allowed, dependencyTypesNot: ['type-only'] }),
  ];
}

module.exports = {
  forbidden: [
    ...only(
      'domain-is-pure',
      'Decisions are functions of their arguments: no clock, randomness, process or I/O, so that they can be repeated, replayed and ' +
        'tested by properties. The packages listed are pure; node:crypto is there for hashes.',
      { path: '^src/domain/' },
      {
        allowed: [
          '^src/domain/',
          module_(
            'zod',
            'luxon',
            '@types/luxon',
            'murmurhash3js-revisited',
            '@types/murmurhash3js-revisited',
            'liquidjs',
            'es-hangul',
            'ipaddr\\.js',
          ),
          '^(node:)?crypto$',
        ],
      },
    ),
    ...only(
      'workflows-are-a-sandbox',
      'Workflow code is replayed: it may use what is deterministic, and know activities by their types alone.',
      { path: '^workflows/' },
      {
        allowed: ['^workflows/', '^src/domain/', module_('@temporalio/workflow', '@temporalio/common')],
        asTypes: ['^activities/'],
      },
    ),
    {
      name: 'workflow-ids-are-plain',
      comment: 'Ids and task queues are shared with the callers of Temporal, which must not load the sandbox.',
      severity: 'error',
      from: { path: '^workflows/ids\\.ts$' },
      to: { path: '.' },
    },
    ...only(
      'activities-declare-ports',
      'An activity names what it needs as a port; stores fit it by shape. So a factory lists exactly what it uses.',
      { path: '^activities/' },
      { allowed: ['^activities/', '^src/domain/', module_('@temporalio/activity', '@temporalio/common')] },
    ),
    ...only(
      'storage-talks-to-stores',
      'A store is SQL (Postgres, DuckDB) or Redis behind questions in the words of the domain; it calls nothing of ours but the domain.',
      { path: '^src/storage/' },
      {
        allowed: [
          '^src/(storage|domain)/',
          module_(
            'pg',
            '@types/pg',
            'pg-copy-streams',
            '@types/pg-copy-streams',
            'ioredis',
            'rate-limiter-flexible',
            '@duckdb/node-api',
          ),
          '^(node:)?(crypto|stream|stream/promises|timers/promises)$',
        ],
      },
    ),
    {
      name: 'stores-alone-reach-databases',
      comment:
        'One way to Postgres, Redis and DuckDB, so that lock order, types and time-outs are kept in one place. The auditor shares nothing.',
      severity: 'error',
      from: { path: OURS, pathNot: '^(src/(storage|auditor|services)/|tests/)' },
      to: { path: module_('pg', 'pg-copy-streams', 'ioredis', '@duckdb/node-api'), dependencyTypesNot: ['type-only'] },
    },
    ...only(
      'temporal-is-one-door',
      'The gateway is the only caller of Temporal: ids, signals and conflict policies are decided once.',
      { path: '^src/temporal/' },
      {
        allowed: [
          '^src/temporal/',
          '^workflows/(ids|messages)\\.ts$',
          module_('@temporalio/(client|common|worker|interceptors-opentelemetry-v2)', '@opentelemetry/[a-z-]+'),
          '^(node:)?(fs|module|url|path|net|diagnostics_channel)$',
        ],
        asTypes: ['^workflows/', '^src/config\\.ts$'],
      },
    ),
    {
      name: 'only-temporal-calls-temporal',
      comment: 'Everybody else asks src/temporal. (The worker entrypoint hosts workflows; services start the server.)',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(temporal|services)/', ENTRYPOINTS] },
      to: { path: module_('@temporalio/client', '@temporalio/worker') },
    },
    ...only(
      'edges-know-protocols',
      'A channel or provider turns domain values into one protocol and back; it decides nothing and stores nothing.',
      { path: '^src/(channels|providers)/' },
      {
        allowed: [
          '^src/(channels|providers|domain)/',
          module_('undici', 'standardwebhooks', 'nodemailer', 'zod', '@opentelemetry/api'),
          '^(node:)?(buffer|crypto|dns|net|stream|tls|timers/promises)$',
        ],
        asTypes: ['^src/config\\.ts$'],
      },
    ),
    ...only(
      'notary-writes-down',
      'What was signed is handed to the places outside the database as it is; nothing is decided here.',
      { path: '^src/notary/' },
      {
        allowed: ['^src/notary/', '^src/domain/', '^(node:)?(fs|fs/promises)$'],
        asTypes: ['^src/channels/signed-http\\.ts$'],
      },
    ),
    ...only(
      'exchange-carries-files',
      'Files of partners are carried between their folders and our books as they are; what they mean is the domain’s, what follows the stores’.',
      { path: '^src/exchange/' },
      { allowed: ['^src/(exchange|domain)/', '^(node:)?(crypto|fs/promises|path)$'] },
    ),
    ...only(
      'auditor-shares-no-code',
      'An audit by the engine’s own functions would repeat their errors.',
      { path: '^src/auditor/' },
      {
        allowed: [
          '^src/auditor/',
          module_('pg', '@types/pg'),
          '^node:',
          '^(assert|crypto|fs|fs/promises|http|path|readline|stream|url|util)$',
        ],
      },
    ),
    ...only(
      'verifier-shares-no-code',
      'An outsider reads it in ten minutes and runs it without us; what it finds must not depend on our functions or packages.',
      { path: '^src/verifier/' },
      { allowed: ['^src/verifier/', '^node:', '^(crypto|fs|path|util)$'] },
    ),
    {
      name: 'nothing-uses-the-verifier',
      comment: 'It judges what we write; only its command starts it.',
      severity: 'error',
      from: { path: OURS, pathNot: '^(src/(verifier|cli)/|tests/)' },
      to: { path: '^src/verifier/' },
    },
    {
      name: 'nothing-uses-the-auditor',
      comment: 'It stays a judge; only its command and the commands that end with a verdict start it.',
      severity: 'error',
      from: { path: OURS, pathNot: '^(src/(auditor|cli)/|tests/)' },
      to: { path: '^src/auditor/' },
    },
    ...only(
      'simulator-knows-protocols-only',
      'It stands for systems of others: sharing code with the engine would hide a misread protocol.',
      { path: '^src/simulator/' },
      {
        allowed: [
          '^src/simulator/',
          '^node:',
          '^(crypto|fs|fs/promises|http|net|path|readline|stream|stream/promises|timers/promises|url)$',
        ],
      },
    ),
    {
      name: 'simulator-is-for-commands',
      comment: 'The engine must not know whether it speaks to a simulator.',
      severity: 'error',
      from: { path: '^(src|workflows|activities)/', pathNot: '^src/(simulator|cli)/' },
      to: { path: '^src/simulator/' },
    },
    {
      name: 'api-asks-stores-and-temporal',
      comment: 'A controller parses, calls and presents: effects on gateways and providers belong to activities.',
      severity: 'error',
      from: { path: '^src/api/' },
      to: { path: '^(src/(auditor|channels|providers|services|simulator|generator|cli)/|activities/|workflows/)' },
    },
    {
      name: 'api-has-no-activities-or-workflows',
      comment: 'The stages run in the worker; the API only nudges.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/temporal/', ENTRYPOINTS] },
      to: { path: '^(workflows|activities)/' },
    },
    {
      name: 'generator-is-alone',
      comment: 'Synthetic customers come from a seed, not from the engine’s state.',
      severity: 'error',
      from: { path: '^src/generator/' },
      to: { path: '^(src|workflows|activities)/', pathNot: '^src/generator/' },
    },
    {
      name: 'services-know-no-engine',
      comment: 'Finding and starting Postgres, Redis and Temporal works before anything of the engine is configured.',
      severity: 'error',
      from: { path: '^src/services/' },
      to: { path: '^(src|workflows|activities)/', pathNot: '^src/services/' },
    },
    {
      name: 'console-knows-its-client-only',
      comment:
        'What the console shows is what the API says: it reaches nothing of the engine but the client made from its document.',
      severity: 'error',
      from: { path: '^console/' },
      to: { path: '^(src|workflows|activities|prisma|tests)/' },
    },
    {
      name: 'nothing-uses-the-console',
      comment: 'It is a client like any other; the API serves its built files.',
      severity: 'error',
      from: { path: '^(src|workflows|activities)/' },
      to: { path: '^console/' },
    },
    {
      name: 'nothing-imports-an-entrypoint',
      comment: 'Entrypoints and the wiring are the top; what two of them share lives below.',
      severity: 'error',
      from: { path: OURS, pathNot: [ENTRYPOINTS, '^tests/'] },
      to: { path: ENTRYPOINTS },
    },
    {
      name: 'nothing-imports-tests',
      comment: 'What is shipped runs without them.',
      severity: 'error',
      from: { path: '^(src|workflows|activities)/' },
      to: { path: '^tests/' },
    },
    {
      name: 'no-circles',
      comment:
        'A circle has no bottom to start reading from, and loads in an order that nobody chose. (Types alone are harmless.)',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-unresolvable',
      comment: 'An import that is not found fails at start. (What is virtual, the build of the console makes.)',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^virtual:' },
    },
    {
      name: 'no-dev-dependencies-in-the-program',
      comment:
        'An installation has the ordinary dependencies only. The commands that test and check need the source tree anyway.',
      severity: 'error',
      from: { path: '^(src|workflows|activities)/', pathNot: '^src/cli/(test|check)' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: module_('@types') },
    },
    {
      name: 'no-undeclared-packages',
      comment: 'A package that only another package asks for may vanish with it.',
      severity: 'error',
      from: { path: OURS },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: 'specify',
    detectProcessBuiltinModuleCalls: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
