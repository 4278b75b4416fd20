import type { Clock } from '../../../common/clock.ts';

/** Something to sleep on until a time has come or there is news. News that comes while nobody sleeps is kept. */
export class WakeSignal {
  readonly #clock: Clock;
  readonly #ending: AbortSignal;
  #raised = true;
  #end: () => void = () => undefined;

  constructor(clock: Clock, ending: AbortSignal) {
    this.#clock = clock;
    this.#ending = ending;
  }

  raise(): void {
    this.#raised = true;
    this.#end();
  }

  /** All news up to now is known. */
  lower(): void {
    this.#raised = false;
  }

  /** Resolves at `time` (ms since the epoch), when the signal is up, or when the kubelet ends. Never rejects. */
  async sleepUntil(time: number): Promise<void> {
    if (this.#raised || this.#ending.aborted) return;
    const awake = new AbortController();
    const end = (): void => awake.abort();
    this.#end = end;
    this.#ending.addEventListener('abort', end, { once: true });
    try {
      await this.#clock.sleep(Math.max(0, time - this.#clock.now()), awake.signal);
    } catch {
      // Woken, or the kubelet ends.
    } finally {
      this.#ending.removeEventListener('abort', end);
      this.#end = () => undefined;
    }
  }
}
