/**
 * The packages we stand on are judged: what is loose, without a hash or of another licence is named, a known fault fails the check, and a registry that
 * answers nothing is neither passed nor failed.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { auditPackages, faultsOfAudit, faultsOfPackages } from '../../src/cli/check-packages.js';

const HASH = `sha512-${'A'.repeat(86)}==`;

describe('packages', () => {
  it.each([
    ['an open version', '^1.0.0', {}, 'p ^1.0.0: no exact version'],
    ['any version', '*', {}, 'p *: no exact version'],
    ['a version from elsewhere', 'github:a/b', {}, 'p github:a/b: no exact version'],
    ['no hash', '1.0.0', { integrity: undefined }, 'p: no hash of its content'],
    ['a weak hash', '1.0.0', { integrity: 'sha1-x' }, 'p: no hash of its content'],
    ['a licence that binds ours', '1.0.0', { license: 'AGPL-3.0' }, 'p: its licence is AGPL-3.0'],
    ['two that both hold', '1.0.0', { license: 'MIT AND GPL-3.0' }, 'p: its licence is MIT AND GPL-3.0'],
    ['no licence', '1.0.0', { license: undefined }, 'p: its licence is none'],
  ])('with %s are named', (_, version, over, fault) => {
    const own = { license: 'MIT', integrity: HASH, ...over };
    const lock = { packages: { '': {}, 'node_modules/a/node_modules/p': own } };
    expect(faultsOfPackages({ dependencies: { p: version }, devDependencies: {} }, lock)).toEqual([fault]);
  });

  it('may choose among licences', () => {
    const lock = { packages: { 'node_modules/@s/p': { license: '(MIT OR GPL-3.0)', integrity: HASH } } };
    expect(faultsOfPackages({ dependencies: { '@s/p': '1.0.0-rc.1' }, devDependencies: {} }, lock)).toEqual([]);
  });
});

describe('the audit of packages', () => {
  let server: Server | null = null;
  const before = { ...process.env };
  afterEach(async () => {
    process.env = { ...before };
    await new Promise((closed) => (server ? server.close(closed) : closed(null)));
    server = null;
  });

  /** What a registry says of a package that has one version. */
  const described = (name: string) => ({
    name,
    'dist-tags': { latest: '5.1.0' },
    versions: { '5.1.0': { name, version: '5.1.0' } },
  });
  /** A registry that answers each question for advisories so. */
  async function registry(status: number, advisories: object): Promise<void> {
    server = createServer((request, response) => {
      request.resume().on('end', () => {
        response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
        const name = decodeURIComponent(request.url?.slice(1) ?? '');
        response.end(JSON.stringify(request.method === 'POST' ? advisories : described(name)));
      });
    });
    await new Promise<void>((ready) => server?.listen(0, '127.0.0.1', ready));
    process.env['npm_config_registry'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    process.env['PADO_AUDIT'] = '';
  }
  const advisory = (severity: string) => ({
    express: [
      { id: 1, url: 'https://advisories.example/1', title: 'It falls over', severity, vulnerable_versions: '>=1.0.0' },
    ],
  });

  it('fails by a fault that a registry knows, and names it', async () => {
    await registry(200, advisory('high'));
    const { code, output } = await auditPackages();
    expect(code).toBe(1);
    expect(output).toContain('express: high, It falls over https://advisories.example/1');
  });

  it('passes where it knows none', async () => {
    await registry(200, {});
    expect(await auditPackages()).toEqual({ code: 0, output: '' });
  });

  it('has not passed where nobody answers, and fails where it is required', async () => {
    await registry(405, {});
    const skipped = 'the registry answers no audits';
    expect(await auditPackages()).toEqual({ code: 0, output: '', skipped });
    process.env['PADO_AUDIT'] = 'required';
    expect(await auditPackages()).toEqual({ code: 1, output: `${skipped}\n` });
  });

  it('does not take words for a report, nor a slight fault for a grave one', () => {
    expect([faultsOfAudit(''), faultsOfAudit('npm error'), faultsOfAudit('{"message": "405"}')]).toEqual([
      null,
      null,
      null,
    ]);
    const of = (severity: string) =>
      faultsOfAudit(JSON.stringify({ vulnerabilities: { p: { severity, via: ['q'] } } }));
    expect([of('low'), of('moderate'), of('critical')]).toEqual([[], ['p: moderate, by q'], ['p: critical, by q']]);
  });
});
