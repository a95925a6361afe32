/** scratch */
import { execFileSync } from 'node:child_process';
import { it } from '@jest/globals';
import pg from 'pg';
import { createDatabase } from '../support/database.js';
import { runAudit } from '../../src/auditor/index.js';
it('x', async () => {
  const db = await createDatabase();
  try {
    console.log(execFileSync(process.execPath, ['/tmp/perf.mjs', '300000', db.ownerUrl], { encoding: 'utf8' }));
    const orig = pg.Client.prototype.query as any;
    const times: [number, string][] = [];
    (pg.Client.prototype as any).query = async function (...a: any[]) { const t = performance.now(); const r = await orig.apply(this, a); times.push([performance.now() - t, String(a[0]?.text ?? a[0]).replace(/\s+/g, ' ').slice(0, 170)]); return r; };
    const t = performance.now();
    const report = await runAudit({ databaseUrl: db.ownerUrl, providerBooks: [], gatewayBooks: ['/tmp/perf-gate.jsonl'] });
    console.log('audit ms', performance.now() - t, report.laws.map((l) => [l.law, l.checked, l.found]).join(' | '));
    const ins = times.filter(([, s]) => s.startsWith('insert into audit_messages'));
    console.log('book inserts', ins.length, ins.reduce((s, [x]) => s + x, 0));
    console.log(times.sort((a, b) => b[0] - a[0]).slice(0, 22).map(([x, s]) => `${Math.round(x)} ${s}`).join('\n'));
  } finally { await db.drop(); }
}, 600_000);
