/**
 * What is logged of an error, and what a history keeps of it: a database's words can quote a row, and are left out.
 */
import { describe, expect, it } from '@jest/globals';
import { defaultFailureConverter, defaultPayloadConverter } from '@temporalio/common';
import { createLogger } from '../../src/logging.js';
import { quietFailure } from '../../src/temporal/quiet-failures.js';

describe('the log', () => {
  it.each(['error', 'err'])(
    'of a database’s error under the key `%s` has its state and place, and nothing of a row',
    (key) => {
      let line = '';
      const logger = createLogger('worker', 'info', 'test', { write: (text) => (line += text) });
      const error = Object.assign(new Error('duplicate key value SECRET'), {
        code: '23505',
        detail: 'Key (code)=(SECRET) already exists.',
        where: 'COPY listed, line 5: "SECRET"',
      });
      logger.warn({ [key]: error }, 'Activity failed');
      expect(JSON.parse(line)).toMatchObject({ msg: 'Activity failed', [key]: { name: 'Error', code: '23505' } });
      expect(line).toContain('logging.test');
      expect(line).not.toContain('SECRET');
    },
  );

  it('of another error has its message', () => {
    let line = '';
    const logger = createLogger('worker', 'info', 'test', { write: (text) => (line += text) });
    logger.warn({ error: new Error('invariant: broken') }, 'Activity failed');
    expect(JSON.parse(line)).toMatchObject({ error: { message: 'invariant: broken' } });
  });
});

describe('the history', () => {
  const kept = (error: unknown) =>
    JSON.stringify(defaultFailureConverter.errorToFailure(quietFailure(error), defaultPayloadConverter));

  it('of a database’s error has its state and place, and nothing of a row', () => {
    const cause = new Error('SECRET');
    const error = Object.assign(new Error('invalid input syntax: "SECRET"', { cause }), {
      code: '22P02',
      detail: 'SECRET',
    });
    expect(kept(error)).toContain('SQLSTATE 22P02');
    expect(kept(error)).toContain('logging.test');
    expect(kept(error)).not.toContain('SECRET');
  });

  it('of another error has its message', () => {
    expect(kept(new Error('invariant: broken'))).toContain('invariant: broken');
    expect(kept(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }))).toContain('refused');
  });
});
