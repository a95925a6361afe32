/**
 * What the start of services tells whoever watches: steps that end well or with a cure in plain words. Nothing here prints.
 */
export interface Step {
  /** What is going on now, such as a download. */
  note(text: string): void;
  /** It takes longer than one expects: told to whoever reads a log, too. */
  lasts(text: string): void;
  done(detail: string): void;
  /** It ended, and something is to be done sooner or later. */
  warned(text: string, cure: string): void;
  /** There was nothing to do: it is not told. */
  dropped(): void;
  failed(error: unknown): void;
}

export interface Report {
  step(title: string): Step;
}

/** For callers that want no progress. */
export const silentReport: Report = {
  step: () => ({
    note: () => undefined,
    lasts: () => undefined,
    done: () => undefined,
    warned: () => undefined,
    dropped: () => undefined,
    failed: () => undefined,
  }),
};

/** The machine lacks something: `message` says what, `cure` what a person can do about it. */
export class EnvironmentLack extends Error {
  constructor(
    message: string,
    readonly cure: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'EnvironmentLack';
  }
}

/** Run one step and tell how it ended. Errors: those of `work`. */
export async function reportStep<T>(
  report: Report,
  title: string,
  work: (step: Step) => Promise<{ value: T; detail: string }>,
): Promise<T> {
  const step = report.step(title);
  try {
    const { value, detail } = await work(step);
    step.done(detail);
    return value;
  } catch (error) {
    step.failed(error);
    throw error;
  }
}

/** Why a server does not answer, as the end of a sentence. */
export const whyOf = (error: unknown): string =>
  (error instanceof Error && error.message.replace(/\.$/, '')) || 'no answer';
