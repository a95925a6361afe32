/**
 * The auditor on a real installation: clean while two campaigns run and after them; and whatever is then corrupted by hand, it names by
 * law and key.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { assertClean, type AuditReport } from '../../src/auditor/index.js';
import type { Payout } from '../../src/verifier/books.js';
import { Boxes } from '../../src/verifier/boxes.js';
import { verifyDraws } from '../../src/verifier/draws.js';
import type { Json } from '../../src/verifier/lines.js';
import { AUDIT_LOG } from './damages-audit-log.js';
import { BOOKS } from './damages-books.js';
import { BOXES } from './damages-boxes.js';
import { BUDGETS } from './damages-budgets.js';
import { CHAIN } from './damages-chain.js';
import { CAPS } from './damages-caps.js';
import { CLAIMS } from './damages-claims.js';
import { COUPONS } from './damages-coupons.js';
import { DECISIONS } from './damages-decisions.js';
import { EXPORTS } from './damages-exports.js';
import { HEADS } from './damages-heads.js';
import { JOURNEYS } from './damages-journeys.js';
import { LATE_RESPONSES } from './damages-late.js';
import { MONEY } from './damages-money.js';
import { PERIODS } from './damages-periods.js';
import { MESSAGES } from './damages-messages.js';
import { PEOPLE } from './damages-people.js';
import { REVERSALS } from './damages-reversals.js';
import { expireOther, RETENTION } from './damages-retention.js';
import { SETTLEMENTS } from './damages-settlements.js';
import { PROVIDERS } from './damages-providers.js';
import { RESTORATIONS } from './damages-restorations.js';
import { RETRIES } from './damages-retries.js';
import { SOURCES } from './damages-sources.js';
import { COUNT, LUCKY, Scene, type Hands } from './scene.js';

const DAMAGES = [
  ...MONEY,
  ...CAPS,
  ...CLAIMS,
  ...REVERSALS,
  ...COUPONS,
  ...BOXES,
  ...BOOKS,
  ...PERIODS,
  ...CHAIN,
  ...AUDIT_LOG,
  ...BUDGETS,
  ...DECISIONS,
  ...EXPORTS,
  ...HEADS,
  ...SETTLEMENTS,
  ...LATE_RESPONSES,
  ...JOURNEYS,
  ...MESSAGES,
  ...PEOPLE,
  ...PROVIDERS,
  ...RESTORATIONS,
  ...RETENTION,
  ...RETRIES,
  ...SOURCES,
];
const nothing = () => Promise.resolve();
const law = (report: AuditReport, n: number) => {
  const found = report.laws.find((one) => one.law === n);
  if (!found) throw new Error(`the report lacks law ${n}`);
  return found;
};

describe('the auditor', () => {
  let scene: Scene;
  /** Checks that found something. */
  const reached = new Set<string>();
  beforeAll(async () => {
    scene = await Scene.play();
  });
  afterAll(() => scene.end());

  it('is clean while a run is under way, and says what is open', () => {
    expect(scene.during.length).toBeGreaterThan(2);
    for (const report of scene.during) assertClean(report);
    const open = scene.during.map((report) => law(report, 4).open);
    expect(Math.max(...open)).toBeGreaterThan(0);
    expect(Math.max(...open)).toBeLessThanOrEqual(COUNT);
  });

  it('is clean at the end, over every row of every law', async () => {
    const report = await scene.audit();
    assertClean(report);
    expect(report.laws.filter(({ checked }) => checked === 0)).toEqual([]);
    expect(law(report, 1)).toMatchObject({ open: 1, found: 0 }); // the held payout
    for (const { checks } of report.laws) expect(checks.every(({ found }) => found === 0)).toBe(true);
  });

  it('has draws that an outsider computes again from the export, to the digit', async () => {
    const { csv, box, opened } = scene.lucky;
    expect(opened).toMatchObject({ state: 'open', seed: null, commitment: box.commitment, terms: box.terms });
    expect(csv.split('\r\n').length - 2).toBe(LUCKY);
    expect(box.drawn).toBe(LUCKY);
    expect(verifyDraws(csv, box, String(opened['commitment']))).toEqual([]);
    const grand = csv.replace('"grand","cashback",3000', '"grand","cashback",3001');
    expect(verifyDraws(grand, box)).toEqual([{ where: expect.stringMatching(/^draw \d+$/), what: expect.any(String) }]);
    const seed = String(box.seed).replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
    expect(verifyDraws(csv, { ...box, seed }).map(({ where }) => where)).toContain('the box');
    expect(verifyDraws(csv, box, 'f'.repeat(64))).toHaveLength(1);
    for (const log of scene.logs()) expect(log).not.toContain(box.seed);
  });

  it('has a monthly statement whose draws compute again, each payout of what was drawn', () => {
    const faults: string[] = [];
    const boxes = new Boxes((where, what) => void faults.push(`${where}: ${what}`));
    const payouts = new Map<string, Payout>();
    for (const [n, text] of scene.lucky.statement.trimEnd().split('\n').entries()) {
      const line = JSON.parse(text) as Json;
      if (line['kind'] === 'box') boxes.box(n + 1, line);
      if (line['kind'] === 'draw') boxes.draw(n + 1, line);
      if (line['kind'] === 'payout') payouts.set(String(line['key']), { ...line, line: n + 1 } as unknown as Payout);
    }
    boxes.end(payouts);
    expect(faults).toEqual([]);
    expect(boxes.draws).toBe(LUCKY);
    expect(payouts.size).toBeGreaterThan(0);
  });

  it('judges one run alone, and ignores what others did', async () => {
    const spoilOther = ({ sql }: Hands) => sql('delete from outbox where run_id = $1', [scene.otherRun]);
    assertClean(await scene.audit(scene.run));
    assertClean((await scene.auditDamaged(spoilOther, { runId: scene.run })).report);
    expect((await scene.auditDamaged(spoilOther, { runId: scene.otherRun })).report.clean).toBe(false);
    expect((await scene.auditDamaged(spoilOther)).report.clean).toBe(false);
  });

  it('believes that a run has expired, of one run and of all, where nothing was in the way', async () => {
    expect((await scene.auditDamaged(expireOther)).report).toMatchObject({ clean: true });
    expect((await scene.auditDamaged(expireOther, { runId: scene.otherRun })).report).toMatchObject({ clean: true });
    const early = await scene.auditDamaged((hands) => expireOther(hands, 99));
    expect(law(early.report, 4).found).toBeGreaterThan(0);
    expect(law(early.report, 7).violations.map(({ keys }) => keys['run'])).toContain(scene.otherRun);
  });

  it.each(DAMAGES)('law $law: names $what', async ({ law: broken, do: damage }) => {
    // of that law alone: hundreds of whole audits would be most of the time that this takes
    const { report, damaged } = await scene.auditDamaged(damage, { only: [broken] });
    for (const { checks } of report.laws) for (const { what, found } of checks) if (found > 0) reached.add(what);
    expect(report.clean).toBe(false);
    const named = law(report, broken).violations.flatMap(({ keys }) => Object.values(keys).map(String));
    expect(named).toContain(damaged);
    expect(() => assertClean(report)).toThrow(`law ${broken} (`);
  });

  it('has a damage for every check of every law', async () => {
    const { report } = await scene.auditDamaged(nothing);
    const checks = report.laws.flatMap((one) => one.checks.map(({ what }) => what));
    expect(checks.filter((what) => !reached.has(what))).toEqual([]);
  });

  it('has damages enough for each law', () => {
    const least = { 1: 3, 2: 3, 3: 3, 4: 3, 5: 3, 6: 3, 7: 3, 8: 2, 9: 1, 10: 2 };
    for (const [n, atLeast] of Object.entries(least)) {
      expect(DAMAGES.filter((damage) => damage.law === Number(n)).length).toBeGreaterThanOrEqual(atLeast);
    }
  });

  it('lists a bounded number of violations, and counts all', async () => {
    const { report } = await scene.auditDamaged(({ sql }) => sql('delete from contacts'));
    const { found, violations } = law(report, 5);
    expect(found).toBeGreaterThan(violations.length);
    expect(violations.length).toBeLessThanOrEqual(100);
  });
});
