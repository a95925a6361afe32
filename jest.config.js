/**
 * Jest on ES modules: TypeScript through SWC with the same settings as the build, `.js` specifiers mapped to their sources. Run it by
 * `./pado test`, which brings the services; by hand: `node --experimental-vm-modules node_modules/jest/bin/jest.js PATH`.
 */
import { readFileSync } from 'node:fs';

const { $schema: _schema, ...swc } = JSON.parse(readFileSync(new URL('./.swcrc', import.meta.url), 'utf8'));

const RECORDS = { 1: '<rootDir>/tests/replay/record.ts', release: '<rootDir>/tests/upgrade/record.ts' };

export default {
  roots: ['<rootDir>/src', '<rootDir>/workflows', '<rootDir>/activities', '<rootDir>/tests'],
  // Recording histories and releases is a run of its own: see tests/replay/record.ts, tests/upgrade/record.ts
  testMatch: [RECORDS[process.env['PADO_RECORD']] ?? '<rootDir>/tests/**/*.test.ts'],
  testEnvironment: '<rootDir>/tests/support/bounded-environment.js',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { ...swc, swcrc: false }] },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  // Suites with an installation of their own start several processes each, and wait more than they compute.
  maxWorkers: 5,
  testSequencer: '<rootDir>/tests/support/longest-first.js',
  // An end for what hangs, not a bound on what is slow.
  testTimeout: 300_000,
};
