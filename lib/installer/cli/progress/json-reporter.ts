import { rfc3339 } from '../../../common/clock.ts';
import { redact } from '../../../common/secrets.ts';
import type { Reporter } from '../../progress-event.ts';

/** One JSON object per line on standard output: for programs (docs/json-events.md). */
export function jsonReporter(write: (text: string) => void): Reporter {
  return {
    plan: () => undefined,
    report: (event) => write(`${redact(JSON.stringify({ time: rfc3339(Date.now()), ...event }))}\n`),
    close: async () => undefined,
  };
}
