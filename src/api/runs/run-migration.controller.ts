/**
 * People under way go on by a newer version of their campaign, by an explicit node map: counted first, then moved.
 */
import { Body, Controller, Inject, Logger, Param, Post, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import type { Config } from '../../config.js';
import type { LaunchedCampaign } from '../../domain/journey/definition.js';
import { carriedWaits, migrationFaults, passedBy, type NodeMap } from '../../domain/journey/migration.js';
import { appendAudit } from '../../storage/audit-log.store.js';
import { CampaignsStore } from '../../storage/campaigns.store.js';
import type { Actor } from '../../storage/keys.store.js';
import type { Client, Pool } from '../../storage/pool.js';
import { RunMigrationStore, type MigratedRun, type MigrationOutcome } from '../../storage/run-migration.store.js';
import { CurrentActor, type AuthenticatedRequest } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { once } from '../http/idempotency.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, CONFIG, NUDGER, POOL, type Clock, type Nudger } from '../ports.js';
import { migratedSchema, migrationAskedSchema, migrationCountSchema, migrationSchema } from './run-migration.dto.js';

const MOVERS = roles('marketer', 'operator', 'admin');

@Controller('v1/runs')
export class RunMigrationController {
  private readonly logger = new Logger('runs');

  constructor(
    private readonly migrations: RunMigrationStore,
    private readonly campaigns: CampaignsStore,
    @Inject(POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(NUDGER) private readonly nudger: Nudger,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post(':run/migration/count')
  @Endpoint({
    summary: 'Whom a node map would move to a newer version of the campaign, and who would stay; changes nothing',
    access: MOVERS,
    answer: migrationCountSchema,
    problems: ['invalid', 'not_found', 'conflict', 'unprocessable'],
  })
  async count(
    @Param('run') id: string,
    @Body({ schema: migrationAskedSchema }) { version, nodes }: z.infer<typeof migrationAskedSchema>,
  ) {
    const { run, waits } = await this.prepare(this.pool, id, version, nodes);
    const counts = await this.migrations.count(id, waits, this.clock.now());
    const byNode = new Map(counts.map((count) => [count.node, count]));
    const { journey } = run.definition.campaign;
    return {
      run: id,
      campaign: run.campaign,
      from: run.version,
      to: version,
      nodes: waits.map(({ node, to }) => {
        const { here = 0, moves = 0 } = byNode.get(node) ?? {};
        return { node, to, here, moves };
      }),
      unmapped: counts
        .filter(({ node }) => !Object.hasOwn(nodes, node))
        .map(({ node, here }) => ({ node, type: journey.nodes[node]?.type ?? 'unknown', here })),
    };
  }

  @Post(':run/migrate')
  @Endpoint({
    summary: 'Move whoever waits at the mapped nodes to a newer version, no more than was counted',
    description:
      'They end in this run (`migrated`) and go on in the run that the answer names, with the wait that they were in.',
    access: MOVERS,
    answer: migratedSchema,
    problems: ['invalid', 'not_found', 'conflict', 'stale', 'unprocessable'],
    idempotent: true,
  })
  async migrate(
    @Param('run') id: string,
    @Body({ schema: migrationSchema }) body: z.infer<typeof migrationSchema>,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    let opened: string | null = null;
    const answer = await once(this.pool, { request, response }, async (client) => {
      const moved = await this.move(client, id, body, actor);
      opened = moved.run;
      return { status: 200, body: moved, headers: {} };
    });
    if (opened !== null) await this.begin(opened); // after the commit
    return answer;
  }

  private async move(client: Client, id: string, body: z.infer<typeof migrationSchema>, actor: Actor) {
    const { version, nodes, confirmed, reason } = body;
    const { campaign } = found(await this.migrations.find(id, client), 'run');
    await this.campaigns.lock(client, campaign);
    const { run, launched, waits, passed } = await this.prepare(client, id, version, nodes);
    const migration = { run, version, launched, nodes, waits, passed, confirmed, reason };
    const by = { by: actor.id, now: this.clock.now(), build: this.config.build };
    const outcome = await this.migrations.move(client, this.campaigns, migration, by);
    if (outcome.kind !== 'moved') throw refused(outcome);
    const moved = outcome.moved.map(({ node, moves }) => ({ node, to: nodes[node] ?? '', people: moves }));
    await appendAudit(client, {
      at: by.now,
      actor: actor.id,
      action: 'run.migrate',
      subject: `run/${id}`,
      reason,
      before: { version: run.version },
      after: { version, run: outcome.run, moved },
    });
    return { run: outcome.run, from: id, version, moved, left: outcome.left };
  }

  /** Problems: not_found, conflict, unprocessable with a fault per mapped node. */
  private async prepare(client: Client | Pool, id: string, version: number, nodes: NodeMap) {
    const run = found(await this.migrations.find(id, client), 'run');
    if (run.state !== 'running') throw new Problem('conflict', `The run is ${run.state}: nobody waits in it.`);
    const launched = await this.campaigns.launchedDefinition(client, run.campaign, version);
    if (!launched || version <= run.version) {
      const detail = launched ? 'is not newer than that of the run' : 'is not a launched version of the campaign';
      throw new Problem('unprocessable', undefined, { errors: [{ pointer: '/version', detail }] });
    }
    return { run, launched, ...prepared(run, launched, nodes) };
  }

  /** What nobody hears now, the sweep finds. */
  private async begin(run: string): Promise<void> {
    await this.nudger.startRun(run).catch((error: unknown) => {
      this.logger.warn(
        { run, name: error instanceof Error ? error.name : 'unknown' },
        'a run could not be started yet',
      );
    });
  }
}

function prepared(run: MigratedRun, launched: LaunchedCampaign, nodes: NodeMap) {
  const versions = { from: run.definition, to: launched };
  const faults = migrationFaults(versions, nodes, run.passed);
  if (faults.length > 0) {
    const errors = faults.map(({ node, detail }) => ({ pointer: `/nodes/${node}`, detail }));
    throw new Problem('unprocessable', 'The node map has faults.', { errors });
  }
  return { waits: carriedWaits(versions, nodes), passed: passedBy(run.definition, nodes, run.passed) };
}

function refused(outcome: Exclude<MigrationOutcome, { kind: 'moved' }>): Problem {
  switch (outcome.kind) {
    case 'paused':
      return new Problem('conflict', 'The run is paused, or its resume is not finished: its clock stands.');
    case 'stopped':
      return new Problem('conflict', 'The run is stopped.');
    case 'nobody':
      return new Problem('conflict', 'Nobody waits at the mapped nodes.');
    case 'more':
      return new Problem('stale', 'More people wait there than you have confirmed.', {
        errors: outcome.counts.map(({ node, here, moves }) => ({
          pointer: `/confirmed/${node}`,
          detail: `would be ${here + moves} people now`,
        })),
      });
    default:
      return outcome satisfies never;
  }
}
