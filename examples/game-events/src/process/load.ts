/** What a worker did lately. Times in milliseconds of one clock. */
export class Load {
  #spans: { readonly from: number; readonly to: number; readonly events: number }[] = [];
  #perSecond = 0;

  add(from: number, to: number, events: number): void {
    this.#spans.push({ from, to, events });
  }

  /** The share of the last minute that was spent with events, and how many are got through in a second; 0 until it is known. */
  read(now: number): { busyPercent: number; perSecond: number } {
    this.#spans = this.#spans.filter(({ to }) => to > now - MINUTE);
    const busy = this.#spans.reduce((sum, { from, to }) => sum + to - Math.max(from, now - MINUTE), 0);
    // A handful of events takes as long as a hundred: only large batches say what a worker can do.
    const large = this.#spans.filter(({ events }) => events >= LARGE);
    const took = large.reduce((sum, { from, to }) => sum + to - from, 0);
    // The rate of a quiet minute is that of the last busy one.
    if (took > 0) this.#perSecond = (large.reduce((sum, { events }) => sum + events, 0) * 1_000) / took;
    return { busyPercent: Math.min(100, (busy * 100) / MINUTE), perSecond: this.#perSecond };
  }
}

const MINUTE = 60_000;
const LARGE = 100;
