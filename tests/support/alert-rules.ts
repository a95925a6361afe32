/**
 * The alert rules that ship, and how they are judged: each is one metric and one threshold, so that a scrape decides it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { ROOT } from './sources.js';

const fileSchema = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string(),
          expr: z.string(),
          for: z
            .string()
            .regex(/^\d+[sm]$/)
            .optional(),
          labels: z.strictObject({ severity: z.enum(['page', 'ticket']) }),
          annotations: z.strictObject({ summary: z.string(), runbook: z.string() }),
        }),
      ),
    }),
  ),
});
export type AlertRule = z.infer<typeof fileSchema>['groups'][number]['rules'][number];

export function alertRules(): AlertRule[] {
  const text = readFileSync(join(ROOT, 'ops/prometheus/pado-alerts.yml'), 'utf8');
  return fileSchema.parse(parse(text)).groups.flatMap(({ rules }) => rules);
}

/** The metric of an expression, the one label it asks for, and its threshold. Errors: throws on anything else. */
function readExpression(expr: string) {
  const found = /^([a-z_]+)(?:\{([a-z]+="[a-z_]+")\})? ([<>]) (\d+)$/.exec(expr);
  if (!found) throw new Error(`not one metric and one threshold: ${expr}`);
  const [, metric = '', label, operator, threshold] = found;
  return {
    metric,
    label,
    holds: (value: number) => (operator === '>' ? value > Number(threshold) : value < Number(threshold)),
  };
}

/** Values of a metric in an answer of /metrics: what is in its braces, and the value. */
function seriesOf(metrics: string, metric: string): { labels: string; value: number }[] {
  const lines = metrics.split('\n').flatMap((line) => {
    const found = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line);
    return found?.[1] === metric ? [{ labels: found[2] ?? '', value: Number(found[3]) }] : [];
  });
  return lines;
}

/** Which alerts fire by a scrape, `for` aside. Errors: throws where a metric is not in it. */
export function firing(metrics: string): string[] {
  return alertRules()
    .filter(({ expr }) => {
      const { metric, label, holds } = readExpression(expr);
      if (!metrics.includes(`# TYPE ${metric} gauge`)) throw new Error(`no metric ${metric}`);
      return seriesOf(metrics, metric).some(
        ({ labels, value }) => (!label || labels.split(',').includes(label)) && holds(value),
      );
    })
    .map(({ alert }) => alert);
}
