/**
 * `pado deployment`: the builds that workers run, and the moves between them. The API's own answers.
 */
import type { Command } from 'commander';
import colors from 'picocolors';
import { z } from 'zod';
import { apiHelp, apiVerb, callApi, printJson, type ApiOptions } from './api-verb.js';
import type { InstallationClient } from './installation-client.js';
import { say } from './terminal.js';
import { columns } from './terminal-table.js';

type Said = ApiOptions & { reason: string };

const CODES = '0 done, 1 refused, 2 wrong usage';

export function register(program: Command): void {
  const deployment = program
    .command('deployment')
    .description('Builds of workers: which one is in force, and the moves between them.')
    .addHelpText('after', `\n./pado deployment <verb> --help tells more.${apiHelp(CODES)}`);
  const verb = (name: string, description: string) =>
    apiVerb(deployment, name, description, CODES).requiredOption('--reason <text>', 'why; for the audit log');
  apiVerb(deployment, 'show', 'All of it; also without a verb.', CODES, 'one line of JSON', true).action(
    (options: ApiOptions) => callApi(options, (client) => show(client, options)),
  );
  verb(
    'set-current <build>',
    'Workflows start on this build; those under way move to it as they continue as new.',
  ).action((build: string, options: Said) =>
    callApi(options, async (client) => {
      await warn(client, build);
      return await move(client, 'current', { build }, options);
    }),
  );
  verb('ramp <build> <percent>', 'So many percent of what starts or continues as new; 0 ends a ramp.').action(
    (build: string, percent: string, options: Said, command: Command) => {
      if (!/^(\d{1,2}|100)%?$/.test(percent)) command.error('a ramp is 0 to 100 percent');
      return callApi(options, async (client) => {
        await warn(client, build);
        return await move(client, 'ramp', { build, percent: Number.parseInt(percent) }, options);
      });
    },
  );
  verb('rollback', 'End the ramp; where there is none, the build that was current before is current again.').action(
    (options: Said) => callApi(options, (client) => move(client, 'rollback', {}, options)),
  );
  verb(
    'abandon <build>',
    'End what is on a build that nobody works for any more; what is due starts on the one in force.',
  ).action((build: string, options: Said) => callApi(options, (client) => abandon(client, build, options)));
}

const deploymentSchema = z.object({
  deployment: z.string(),
  current: z.string().nullable(),
  ramp: z.object({ build: z.string(), percent: z.number() }).nullable(),
  former: z.string().nullable(),
  builds: z.array(
    z.object({
      build: z.string(),
      state: z.string(),
      currentAt: z.string().nullable(),
      workers: z.int(),
      open: z.int(),
      replay: z.object({ fine: z.int(), broken: z.int(), at: z.string() }).nullable(),
    }),
  ),
  unversioned: z.object({ workers: z.int(), open: z.int() }),
});

async function show(client: InstallationClient, { json }: ApiOptions): Promise<number> {
  const { body } = await client.call('GET', '/v1/deployment');
  if (json) printJson(body);
  else process.stdout.write(told(deploymentSchema.parse(body)));
  return 0;
}

function told({ deployment, current, ramp, former, builds, unversioned }: z.infer<typeof deploymentSchema>): string {
  const inForce = `${deployment}: current ${current ?? 'none: workers without a version'}`;
  const ramping = ramp ? `, ${ramp.percent} % to ${ramp.build}` : '';
  const rows = builds.map((one) => [
    one.build,
    one.state,
    String(one.workers),
    String(one.open),
    replayed(one.replay),
    one.currentAt ?? '',
  ]);
  rows.push(['(no version)', '', String(unversioned.workers), String(unversioned.open), '', '']);
  return `${inForce}${ramping}${former ? `, before it ${former}` : ''}\n${columns([['build', 'state', 'workers', 'open', 'replay', 'current since'], ...rows])}`;
}

type Replay = z.infer<typeof deploymentSchema>['builds'][number]['replay'];

function replayed(replay: Replay): string {
  if (!replay) return 'none';
  return replay.broken === 0
    ? `${replay.fine} go on`
    : `${replay.broken} of ${replay.fine + replay.broken} would break`;
}

/** What whoever puts a build in force should know before; it is theirs to decide. */
async function warn(client: InstallationClient, build: string): Promise<void> {
  const { builds } = deploymentSchema.parse((await client.call('GET', '/v1/deployment')).body);
  const known = builds.find((one) => one.build === build);
  if (!known || known.replay?.broken === 0) return;
  const seen = known.replay
    ? `replayed at ${known.replay.at}, ${replayed(known.replay)}`
    : 'nobody has replayed what is open';
  say(`${colors.yellow('!')} On ${build}: ${seen} (./pado replay --open --report ${build}).`);
}

async function move(
  client: InstallationClient,
  what: 'current' | 'ramp' | 'rollback',
  body: object,
  { reason, json }: Said,
): Promise<number> {
  const answer = await client.call('POST', `/v1/deployment/${what}`, { ...body, reason });
  if (json) printJson(answer.body);
  else process.stdout.write(told(deploymentSchema.parse(answer.body)));
  return 0;
}

async function abandon(client: InstallationClient, build: string, { reason, json }: Said): Promise<number> {
  const { body } = await client.call('POST', '/v1/deployment/abandon', { build, reason });
  const { ended } = z.object({ ended: z.int() }).parse(body);
  say(`${ended} workflows of ${build} are ended; what is due of theirs starts within a minute.`);
  if (json) printJson(body);
  return 0;
}
