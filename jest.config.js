/**
 * Jest on ES modules: TypeScript through SWC with the same settings as the build, `.js` specifiers mapped to their sources. Run it by
 * `./pado test`, which brings the services; by hand: `node --experimental-vm-modules node_modules/jest/bin/jest.js PATH`.
 */
import { readFileSync } from 'node:fs';

const { $schema: _schema, ...swc } = JSON.parse(readFileSync(new URL('./.swcrc', import.meta.url), 'utf8'));

export default {
  roots: ['<rootDir>/src', '<rootDir>/workflows', '<rootDir>/activities', '<rootDir>/tests'],
  // Recording histories is a run of its own: PADO_RECORD=1 ./pado test tests/replay/record.ts
  testMatch:
    process.env['PADO_RECORD'] === '1' ? ['<rootDir>/tests/replay/record.ts'] : ['<rootDir>/tests/**/*.test.ts'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { ...swc, swcrc: false }] },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  // Suites with an installation of their own start several processes each, and wait more than they compute.
  maxWorkers: 4,
  testSequencer: '<rootDir>/tests/support/longest-first.js',
  // An end for what hangs, not a bound on what is slow.
  testTimeout: 300_000,
};
