/**
 * What is logged of an error, whoever logs it: a database's words can quote a row, and are left out.
 */
import { describe, expect, it } from '@jest/globals';
import { createLogger } from '../../src/logging.js';

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
