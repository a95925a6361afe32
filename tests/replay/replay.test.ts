/**
 * What runs today must go on tomorrow: every recorded history replays against the workflow code as it stands, and a change that would
 * break a running workflow is seen.
 */
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { WorkflowBundle } from '@temporalio/worker';
import {
  HISTORY_NAMES,
  WORKFLOWS,
  bundleWorkflows,
  historyText,
  loadHistory,
  recordedNames,
  replay,
  type HistoryName,
} from '../support/histories.js';

/** An edit of each workflow that asks Temporal for one thing more, first. */
const FIRST_ACTIVITY: Record<(typeof WORKFLOWS)[number], RegExp> = {
  'campaign-run': /const frozen = await/,
  lane: /for \(let turns = 0;/,
  delivery: /const end = await/,
  payout: /const end = await/,
};

const named = (name: string) => ({ name, history: loadHistory(name) });

describe('recorded histories', () => {
  let bundle: WorkflowBundle;
  beforeAll(async () => {
    bundle = await bundleWorkflows();
  });

  it('exist for each workflow in each situation', () => {
    expect(recordedNames()).toEqual(expect.arrayContaining(HISTORY_NAMES));
  });

  it('replay against the workflow code as it stands', async () => {
    const results = await replay(bundle, recordedNames().map(named));
    expect(results).toHaveLength(recordedNames().length);
    expect(
      results.filter(({ error }) => error !== null).map(({ name, error }) => `${name}: ${error?.message}`),
    ).toEqual([]);
  });

  it('carry no customer: no payload is longer than references and counts need', () => {
    const longest = recordedNames().map((name) => {
      const sizes = [...historyText(name).matchAll(/"data":"([^"]*)"/g)].map(([, data]) => data?.length ?? 0);
      return { name, longest: Math.max(0, ...sizes) };
    });
    expect(longest.filter((one) => one.longest > 1_500)).toEqual([]);
  });

  it('name no machine and none of its paths', () => {
    expect(recordedNames().filter((name) => /"stackTrace"|"identity":"(?!recorded")/.test(historyText(name)))).toEqual(
      [],
    );
  });

  it.each(WORKFLOWS)('of %s would catch a change that breaks running workflows', async (workflow) => {
    let edits = 0;
    const changed = await bundleWorkflows((file, text) => {
      if (file !== `${workflow}.workflow.ts`) return text;
      return text
        .replace(FIRST_ACTIVITY[workflow], (found) => {
          edits += 1;
          return `await sleepOneMore(1_000);\n  ${found}`;
        })
        .replace('import {', "import { sleep as sleepOneMore } from '@temporalio/workflow';\nimport {");
    });
    expect(edits).toBe(1);
    const own = recordedNames().filter((name): name is HistoryName => name.startsWith(`${workflow}.`));
    const results = await replay(changed, own.map(named));
    expect(results.length).toBeGreaterThan(0);
    expect(results.filter(({ error }) => error === null)).toEqual([]);
  });
});
