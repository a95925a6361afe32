/**
 * How a guide is followed: what counts as the same answer, and that a failure in a block is never overlooked.
 */
import { describe, expect, it } from '@jest/globals';
import { mismatch, Terminal, type Block } from './guide.js';

const block = (commands: string, shown: string | null = null): Block => ({
  document: 'a.md',
  section: '',
  line: 1,
  commands,
  shown,
});
const judged = (shown: string | null, output: string, code = 0) => mismatch(block('', shown), { output, code });

describe('an answer', () => {
  it.each([
    ['paid 3\n', 'paid 3'],
    ['run abc was opened\n', 'run … was opened'],
    ['one\ntwo\nthree\n', 'one\n…\nthree'],
    ['one\nthree\n', 'one\n…\nthree'],
    ['one\ntwo\nthree\n', 'one\n…'],
    ['one\n', 'one\n…'],
    ['a.b (c)\n', 'a.b (c)'],
  ])('%j is as shown by %j', (output, shown) => {
    expect(judged(shown, output)).toBeNull();
  });

  it.each([
    ['paid 4\n', 'paid 3'],
    ['paid 3\nand more\n', 'paid 3'],
    ['', 'paid 3'],
    ['aXb (c)\n', 'a.b (c)'],
    ['one\ntwo\n', 'one\n…\nthree'],
    ['run abc\nwas opened\n', 'run … was opened'],
  ])('%j is another than %j', (output, shown) => {
    expect(judged(shown, output)).toBe('another answer');
  });

  it('ends with the exit code that is shown, and with 0 where none is', () => {
    expect(judged('no\nexit code 1', 'no\n', 1)).toBeNull();
    expect(judged('no\nexit code 1', 'no\n', 0)).toBe('exit code 0');
    expect(judged('no', 'no\n', 1)).toBe('exit code 1');
    expect(judged(null, 'anything\n', 2)).toBe('exit code 2');
    expect(judged(null, 'anything\n')).toBeNull();
  });
});

describe('a terminal', () => {
  it('keeps what a block sets, shows both streams, and counts a failure in the middle and in a function', async () => {
    const terminal = Terminal.open(process.env);
    try {
      expect(await terminal.run(block("said='it''s'; f() { false; true; }\necho one; echo two >&2"))).toEqual({
        output: 'one\ntwo\n',
        code: 0,
      });
      expect(await terminal.run(block('echo "$said"'))).toEqual({ output: 'its\n', code: 0 });
      expect(await terminal.run(block('false\necho on'))).toEqual({ output: 'on\n', code: 1 });
      expect((await terminal.run(block('f'))).code).toBe(1);
      expect((await terminal.run(block('(exit 7) | cat'))).code).toBe(7);
      expect((await terminal.run(block('until true; do :; done; false || true'))).code).toBe(0);
      expect((await terminal.run(block('echo "$never_set"'))).code).toBe(1);
    } finally {
      terminal.close();
    }
  });
});
