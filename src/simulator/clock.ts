/**
 * The simulator's business clock: the same epoch + real time since as the engine reads (law 9), so that the books and
 * `notAfter` follow the installation's time, not the machine's.
 */

/** Business now = `epochMs` + (real now − `baseMs`), all epoch milliseconds. */
export interface ClockSetting {
  epochMs: number;
  baseMs: number;
}

export class BusinessClock {
  private offsetMs = 0;

  constructor(setting?: ClockSetting) {
    if (setting) this.set(setting);
  }

  set(setting: ClockSetting): void {
    this.offsetMs = setting.epochMs - setting.baseMs;
  }

  nowMs(): number {
    return Date.now() + this.offsetMs;
  }

  /** RFC 3339 in UTC with milliseconds. */
  nowIso(): string {
    return new Date(this.nowMs()).toISOString();
  }
}
