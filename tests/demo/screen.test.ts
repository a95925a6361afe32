/** The live block: redrawn in place on a terminal, told now and then elsewhere, never twice. */
import { describe, expect, it } from '@jest/globals';
import { Screen, widthOf } from '../../src/demo/screen.js';

function terminal(over: { isTTY?: boolean; columns?: number; rows?: number }) {
  let text = '';
  const out = { ...over, write: (more: string) => (text += more) };
  return { out, written: () => text };
}

describe('the live block', () => {
  it('goes back over the rows that it took, long and wide lines included', () => {
    const { out, written } = terminal({ isTTY: true, columns: 10, rows: 24 });
    const screen = new Screen(out);
    screen.frame(['short', 'a line of 20 columns', '봄맞이 캐시백'], '');
    screen.frame(['next'], '');
    expect(written()).toContain('\u001B[5A\u001B[0Jnext\n');
  });

  it('is cut where the terminal is too low, and whole at the end', () => {
    const { out, written } = terminal({ isTTY: true, columns: 80, rows: 3 });
    const screen = new Screen(out);
    screen.frame(['1', '2', '3', '4'], '');
    expect(written()).not.toContain('3');
    screen.last(['1', '2', '3', '4']);
    expect(written()).toContain('\u001B[2A\u001B[0J1\n2\n3\n4\n');
  });

  it('gives the cursor back', () => {
    const { out, written } = terminal({ isTTY: true, columns: 80, rows: 24 });
    const screen = new Screen(out);
    screen.frame(['1'], '');
    screen.settle();
    expect(written().endsWith('\u001B[?25h')).toBe(true);
  });

  it('writes plain lines to a pipe: a changed one, not more often than every few seconds', () => {
    const { out, written } = terminal({});
    const screen = new Screen(out);
    screen.frame(['drawn'], 'one');
    screen.frame(['drawn'], 'one');
    screen.frame(['drawn'], 'two');
    screen.last(['drawn']);
    expect(written()).toBe('  one\ndrawn\n');
  });
});

describe('the width of a line', () => {
  it('counts Hangul twice and colours not at all', () => {
    expect(widthOf('\u001B[1m봄맞이\u001B[22m x')).toBe(8);
  });
});
