/**
 * At most so many at once; the others wait in their order, each no longer than it may.
 */
export class Turns {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly max: number) {}

  /** False: its time was over before its turn came. Whoever got one gives it back by `leave`. */
  async enter(timeoutMs: number): Promise<boolean> {
    if (this.running < this.max) {
      this.running += 1;
      return true;
    }
    return await new Promise((resolve) => {
      const come = () => {
        clearTimeout(timer);
        resolve(true);
      };
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(come), 1);
        resolve(false);
      }, timeoutMs);
      this.waiting.push(come);
    });
  }

  leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.running -= 1;
  }
}
