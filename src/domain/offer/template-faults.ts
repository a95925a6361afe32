/**
 * Where a template is wrong, for its author: line and column in the text, both from 1. What is told quotes the template, never a customer's value.
 */
import { LiquidError, UndefinedVariableError, type Variables } from 'liquidjs';

export interface TemplateFault {
  /** JSON Pointer: /title or /body. */
  pointer: string;
  /** Absent where it is about the whole text. */
  line?: number;
  column?: number;
  detail: string;
}

interface Placed {
  token?: { getPosition(): number[] };
  originalError?: unknown;
}

/** The fault that an error of parsing or rendering tells; null: it is none of the template's. */
export function faultOf(pointer: string, error: unknown): TemplateFault | null {
  if (!(error instanceof LiquidError) && !(error instanceof Error && error.name === 'AssertionError')) return null;
  const { token } = error as Placed;
  const [line, column] = token?.getPosition() ?? [];
  const message = error.message.split('\n', 1)[0] ?? 'cannot be parsed';
  const detail = message.replace(/, line:\d+, col:\d+$/, '');
  return { pointer, ...(line && column ? { line, column } : {}), detail };
}

export function isUndefinedVariable(error: unknown): boolean {
  const cause = error instanceof LiquidError ? (error as Placed).originalError : undefined;
  return error instanceof UndefinedVariableError || cause instanceof UndefinedVariableError;
}

/** What the text reads from outside of itself, each with the first place where it does. */
export function readNames(globals: Variables): { segments: unknown[]; line: number; column: number }[] {
  const byName = new Map<string, { segments: unknown[]; line: number; column: number }>();
  for (const variable of Object.values(globals).flat()) {
    const segments = variable.toArray();
    const name = JSON.stringify(segments);
    const { row: line, col: column } = variable.location;
    if (!byName.has(name)) byName.set(name, { segments, line, column });
  }
  return [...byName.values()];
}
