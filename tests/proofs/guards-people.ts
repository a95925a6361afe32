/**
 * Guards of people and messages: laws 2 and 4 to 10.
 */
import { PEOPLE, reward, send, type Proof, type ProofScene } from './proof.js';

const DAY_CAP = { scope: { kind: 'all' }, window: { kind: 'rolling', span: 'P1D' }, cap: 1 };
const dayCap = (scene: ProofScene) => scene.stack.ok('PUT', '/v1/contact-policies/daily', DAY_CAP, { as: 'operator' });

/** Between the facts and the decision of every cohort, so that two of them overlap. */
const SLOW_DECISION = {
  file: 'src/storage/cohort.store.ts',
  from: 'const write = decide({',
  to: `await client.query('select pg_sleep(5)');\n      const write = decide({`,
};
/** Between the pick and the locks of a cohort whose wait is over, until somebody has responded. */
const WAITS = 'the proof waits';
const SLOW_LOCKS = {
  file: 'src/storage/cohort.store.ts',
  from: 'await lockStripes(client, at.stripes);',
  to: `for (let n = 0; n < 200 && picked.some(({ facts }) => facts.windowEndAt !== null); n += 1) {
        const again = await client.query("select '${WAITS}', pg_sleep(0.1) from (select) x where not exists (select from responses)");
        if (again.rowCount === 0) break;
      }
      await lockStripes(client, at.stripes);`,
};
const ADVANCE = { file: 'activities/cohort.activities.ts', from: 'withHeartbeat((at) => advance(ports, input, at)),' };
/** Each step is followed by one of a zombie, which had picked its people before it. */
const ZOMBIE = {
  ...ADVANCE,
  to: `withHeartbeat(async (at) => {
        const run = await ports.runs.prepared(input.runId);
        const picked = await ports.cohorts.pick({ ...input, limit: ports.cohortSize }, run.journey);
        const result = await advance(ports, input, at);
        if (picked.length > 0) await decideCohort(ports, run, { ...input, step: input.step - 1 }, picked);
        return result;
      }),`,
};

const wait = (span: string, next: string) => ({ type: 'wait', span, response: { event: 'purchase' }, next });
const everybodyWaits = (scene: ProofScene) =>
  scene.eventually('everybody waits', async () => (await scene.count(`participants where node = 'wait'`)) === PEOPLE);

const messages: Proof[] = [
  {
    guard: 'one id for all attempts of a message',
    law: 2,
    says: 'a message that no outbox row explains',
    changes: [
      {
        file: 'src/channels/http-gateway.channel.ts',
        from: 'const body = JSON.stringify({ messages });',
        to: 'const body = JSON.stringify({ messages: messages.map((m) => ({ ...m, id: `${m.id}/${attemptId}` })) });',
      },
    ],
    async play(scene) {
      await scene.prepare();
      await scene.launch('ids', 'send', { send: send('done') });
      const done = async () =>
        (await scene.messages()) > PEOPLE || (await scene.count(`outbox where state = 'accepted'`)) === PEOPLE;
      await scene.eventually('all are sent', done);
    },
  },
  {
    guard: 'a lost reply is ambiguous, not queued again',
    law: 10,
    says: 'an unknown result, and decided by guess',
    changes: [
      {
        file: 'src/storage/delivery-results.store.ts',
        from: `return { id, to: 'ambiguous', reason: 'no_reply', reference: null };`,
        to: `return { id, to: 'queued', reason: null, reference: null };`,
      },
    ],
    async play(scene) {
      await scene.prepare();
      scene.stack.simulator.gateway.setFaults({ cutAfter: 1 });
      await scene.launch('guess', 'send', { send: send('done') });
      await scene.eventually('all are sent', async () => (await scene.messages()) >= PEOPLE);
      await scene.switchTo('gateway/sim-gate', 'paused');
      const closed = async () => (await scene.count('message_attempts where closed_at is null')) === 0;
      await scene.eventually('no call is under way', closed);
    },
  },
  {
    guard: 'the cap',
    law: 5,
    says: 'over the cap',
    changes: [
      {
        file: 'src/domain/contact-policy/policy.ts',
        from: `kind: seen < policy.cap ? 'within' : 'capped'`,
        to: `kind: 'within'`,
      },
    ],
    async play(scene) {
      await scene.prepare();
      await dayCap(scene);
      await scene.launch('spring', 'send', { send: send('done') });
      await scene.quiet();
      await scene.launch('summer', 'send', { send: send('done') });
      await scene.quiet();
    },
  },
  {
    guard: 'locks on stripes, with two campaigns at once',
    law: 5,
    says: 'over the cap',
    conditions: [SLOW_DECISION],
    changes: [{ file: 'src/storage/advisory.ts', from: 'if (stripes.length === 0) return;', to: 'return;' }],
    async play(scene) {
      await scene.prepare();
      await dayCap(scene);
      await Promise.all(['spring', 'summer'].map((key) => scene.launch(key, 'send', { send: send('done') })));
      await scene.quiet(30_000);
    },
  },
  {
    guard: 'the gate at the hand-over',
    law: 6,
    says: 'handed over to a customer whose status or consent forbids it',
    changes: [
      {
        file: 'src/domain/eligibility/hand-over.ts',
        from: 'if (!verdict.pass) return { go: false,',
        to: 'if (now < 0) return { go: false,',
      },
    ],
    async play(scene) {
      await scene.prepare();
      await scene.switchTo('gateway/sim-gate', 'paused');
      await scene.launch('gate', 'send', { send: send('done') });
      await scene.eventually('all are queued', async () => (await scene.count('outbox')) === PEOPLE);
      await scene.status('c00001', 'withdrawn');
      await scene.switchTo('gateway/sim-gate', 'running');
      await scene.quiet();
    },
  },
];

const people: Proof[] = [
  {
    guard: 'counters change with what they count',
    law: 4,
    says: 'a counter of people that the participants and their trace do not give',
    changes: [{ file: 'src/storage/counters.ts', from: 'if (sums.length === 0) return;', to: 'return;' }],
    async play(scene) {
      await scene.prepare();
      await scene.launch('counted', 'send', { send: send('done') });
      await scene.quiet();
    },
  },
  {
    guard: 'the trace',
    law: 7,
    says: 'moved without a trace',
    changes: [{ file: 'src/storage/cohort-writes.ts', from: 'if (traces.length === 0) return;', to: 'return;' }],
    async play(scene) {
      await scene.prepare();
      await scene.launch('silent', 'send', { send: send('done') });
      await scene.quiet();
    },
  },
  {
    guard: 'the response is read after the lock',
    law: 7,
    says: 'timed out, although a response in time is on record',
    conditions: [SLOW_LOCKS],
    changes: [
      {
        file: 'src/storage/cohort-facts.ts',
        from: '...position(now.get(facts.customerId) as Standing),',
        to: '',
      },
    ],
    async play(scene) {
      await scene.prepare();
      await scene.launch('race', 'send', {
        send: send('wait'),
        wait: wait('PT4S', 'answered'),
        answered: { type: 'branch', on: { responded: 'wait' }, yes: 'pay', no: 'done' },
        pay: reward('done'),
      });
      await everybodyWaits(scene);
      const { end } = await scene.stack.one<{ end: Date }>('select max(window_end_at) as "end" from participants');
      // of this database: the same scene may be playing beside it, with the guard in place
      const own = 'datname = current_database() and pid <> pg_backend_pid()';
      const waits = async () => (await scene.count(`pg_stat_activity where ${own} and query like '%${WAITS}%'`)) > 0;
      await scene.eventually('the lane has picked', waits, 30_000);
      const timestamp = new Date(end.getTime() - 1_000).toISOString();
      const event = { messageId: 'edge', userId: 'c00001', event: 'purchase', timestamp };
      await scene.stack.ok('POST', '/v1/track', event, { as: 'source' });
      await scene.quiet();
    },
  },
  {
    guard: 'the sweep, when a nudge is lost',
    law: 8,
    says: 'due, and nobody moves them',
    conditions: [
      {
        file: 'src/temporal/nudger.ts',
        from: 'this.later(laneKey(runId, lane), LANE_PACE_MS, () => this.temporal.nudgeLane(runId, lane));',
        to: ';',
      },
    ],
    changes: [
      {
        file: 'activities/sweep.activities.ts',
        from: 'await ports.sweeps.overdue(input.temporalNow);',
        to: '{ runs: [], lanes: [], deliveries: [], payouts: [] };',
      },
    ],
    async play(scene) {
      await scene.prepare();
      await scene.launch('lost', 'send', { send: send('wait'), wait: wait('PT1H', 'pay'), pay: reward('done') });
      await everybodyWaits(scene);
      await scene.asleep();
      await scene.stack.ok(
        'POST',
        '/v1/track',
        { messageId: 'one', userId: 'c00001', event: 'purchase' },
        { as: 'source' },
      );
      const paid = async () => (await scene.count(`payouts where state = 'paid'`)) === 1;
      await scene.eventually('it is answered', paid);
      // two minutes pass for the audit, and a lane's own wait is not over
      await scene.stack.pool.query(`update installation set temporal_base = temporal_base - interval '2 minutes'`);
    },
  },
  {
    guard: 'now is an argument (the lane reads the machine’s clock)',
    law: 9,
    says: 'decided at a time that is not business time',
    changes: [{ ...ADVANCE, to: 'withHeartbeat((at) => advance(ports, { ...input, now: Date.now() }, at)),' }],
    async play(scene) {
      await scene.prepare();
      await scene.launch('clock', 'send', { send: send('done') });
      await scene.eventually('somebody is decided', async () => (await scene.count('trace')) > 0);
      await scene.quiet(6_000);
    },
  },
  {
    guard: 'step numbers, and with them the look after the lock at who is still due',
    law: 9,
    says: 'a lane’s now or step went back',
    conditions: [ZOMBIE],
    changes: [
      {
        file: 'src/storage/cohort.store.ts',
        from: 'where run_id = $1 and lane = $2 and step <= $3',
        to: 'where run_id = $1 and lane = $2',
      },
      {
        file: 'src/storage/cohort-facts.ts',
        from: `and lane = $3 and state = 'active' and due_at <= $4`,
        to: `and lane = $3 and state = 'active' and (due_at <= $4 or true)`,
      },
    ],
    async play(scene) {
      await scene.prepare();
      await scene.launch('zombie', 'send', { send: send('wait'), wait: wait('PT1H', 'done') });
      await everybodyWaits(scene);
      const sent = async () => (await scene.count(`outbox where state = 'accepted'`)) === PEOPLE;
      await scene.eventually('all are sent', sent);
    },
  },
];

export const PEOPLE_PROOFS = [...messages, ...people];
