/**
 * What replays of all open workflows have found, per build: appended, the newest of each build in force.
 */
import { appendAudit } from './audit-log.store.js';
import type { Authored } from './definition-lock.js';
import { inTransaction, type Pool } from './pool.js';

export interface ReplayFound {
  build: string;
  types: { type: string; fine: number; broken: number }[];
  /** The first of them. */
  breaks: { workflow: string; type: string; reason: string }[];
  /** What stays on a build of its own, and never meets this one. */
  staying: { build: string; open: number }[];
}
export interface ReplayReport extends ReplayFound {
  no: number;
  fine: number;
  broken: number;
  actor: string;
  /** Business time. */
  at: Date;
}

/** Of so many builds, the newest reports. */
const BUILDS_MAX = 50;
const COLUMNS = 'no, build, fine, broken, types, breaks, staying, actor, at';

export class ReplayReportsStore {
  constructor(private readonly pool: Pool) {}

  /** The newest of each build, the newest first; builds are few, and so are reports of each. Index: replay_reports_newest. */
  async newest(): Promise<ReplayReport[]> {
    const { rows } = await this.pool.query<ReplayReport>(
      `select * from (select distinct on (build) ${COLUMNS} from replay_reports order by build, no desc) r order by no desc limit ${BUILDS_MAX}`,
    );
    return rows;
  }

  async keep(found: ReplayFound, { by, now }: Authored): Promise<ReplayReport> {
    const { build, types, breaks, staying } = found;
    const sum = (of: 'fine' | 'broken') => types.reduce((total, one) => total + one[of], 0);
    const [fine, broken] = [sum('fine'), sum('broken')];
    return await inTransaction(this.pool, async (client) => {
      await appendAudit(client, {
        at: now,
        actor: by,
        action: 'deployment.replay',
        subject: `build/${build}`,
        after: { fine, broken },
      });
      const { rows } = await client.query<ReplayReport>(
        `insert into replay_reports (build, fine, broken, types, breaks, staying, actor, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8) returning ${COLUMNS}`,
        [
          build,
          fine,
          broken,
          JSON.stringify(types),
          JSON.stringify(breaks),
          JSON.stringify(staying),
          by,
          new Date(now),
        ],
      );
      if (!rows[0]) throw new Error('invariant: an insert returned nothing');
      return rows[0];
    });
  }
}
