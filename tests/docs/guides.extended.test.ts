/**
 * Every command of the guides, as their readers run them: the practice installation is started by its page, then each desk has a terminal of its own,
 * all at once; a command that fails, or that answers otherwise than the document shows, fails the test at its line.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshState, pado, processesOf, userEnvironment } from '../cli/launcher.js';
import { until } from '../support/stack.js';
import { needs } from '../support/tiers.js';
import { blocksOf, mismatch, Terminal, type Block } from './guide.js';

const GUIDES = ['marketer.md', 'finance.md', 'operator.md'];
/** Of the operator's guide: the others cannot go on meanwhile. */
const LAST = 'Restart';
const PRACTICE = blocksOf('practice.md');

needs('curl')('the guides', () => {
  let state: ReturnType<typeof freshState>;
  let practice: string;
  const terminals: Terminal[] = [];

  beforeAll(async () => {
    state = freshState();
    practice = mkdtempSync(join(tmpdir(), 'pado-practice-'));
    await follow(
      terminal(),
      PRACTICE.filter(({ section }) => section === 'Start it'),
    );
  });
  afterAll(() => {
    for (const one of terminals) one.close();
    pado(state.dir, 'down');
    endSimulator(join(practice, 'simulator.pid'));
    state.remove();
    rmSync(practice, { recursive: true, force: true });
  });

  function terminal(): Terminal {
    const opened = Terminal.open({ ...userEnvironment(state.dir), PRACTICE: practice });
    terminals.push(opened);
    return opened;
  }

  const desks = GUIDES.map((document) => {
    const blocks = blocksOf(document);
    return {
      document,
      first: blocks.filter(({ section }) => section !== LAST),
      last: blocks.filter(({ section }) => section === LAST),
      opened: null as Terminal | null,
    };
  });

  it('of marketer, finance and operator do and say what they show, beside each other', async () => {
    const outcomes = desks.map(async (desk) => {
      desk.opened = terminal();
      expect(desk.first.length).toBeGreaterThan(10);
      await follow(desk.opened, desk.first);
    });
    const failed = (await Promise.allSettled(outcomes)).flatMap((one) =>
      one.status === 'rejected' ? [one.reason] : [],
    );
    if (failed.length > 0) throw new AggregateError(failed, failed.map(String).join('\n\n'));
  });

  it('go on after a restart, and end with nothing left running', async () => {
    for (const { opened, last } of desks) if (opened) await follow(opened, last);
    await follow(
      terminal(),
      PRACTICE.filter(({ section }) => section === 'Stop it'),
    );
    expect(processesOf(state.dir)).toEqual([]);
    // `kill` has told it to end, and does not wait until it has
    await until('the simulator has ended', async () => processesOf(practice).length === 0, 10_000);
  });

  it('have no block that is not run, and no language that is neither a command nor an answer', () => {
    for (const document of ['practice.md', ...GUIDES]) {
      const text = readFileSync(join(import.meta.dirname, '../../docs', document), 'utf8');
      const fences = [...text.matchAll(/^```(\w+)$/gm)].map(([, language]) => language);
      expect([document, fences.filter((language) => language !== 'sh' && language !== 'text')]).toEqual([document, []]);
      expect(fences.filter((language) => language === 'sh')).toHaveLength(blocksOf(document).length);
    }
    expect([...new Set(PRACTICE.map(({ section }) => section))]).toEqual(['Start it', 'Stop it']);
    expect(desks.find(({ document }) => document === 'operator.md')?.last.length).toBeGreaterThan(0);
  });
});

async function follow(terminal: Terminal, blocks: Block[]): Promise<void> {
  for (const block of blocks) {
    const outcome = await terminal.run(block);
    const wrong = mismatch(block, outcome);
    if (wrong === null) continue;
    const { document, line, commands, shown } = block;
    throw new Error(
      `docs/${document}:${line}: ${wrong}\n${commands}\n--- it said:\n${outcome.output}\n--- shown:\n${shown ?? '(nothing)'}`,
    );
  }
}

function endSimulator(pidFile: string): void {
  try {
    process.kill(Number(readFileSync(pidFile, 'utf8')));
  } catch {
    // it has ended, or never began
  }
}
