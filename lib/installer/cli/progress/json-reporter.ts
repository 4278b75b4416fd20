import { redact } from '../../../common/secrets.ts';
import type { Reporter } from '../../progress-event.ts';

/** One JSON object per line on standard output: for programs (docs/json-events.md). */
export function jsonReporter(write: (text: string) => void): Reporter {
  return {
    plan: () => undefined,
    report: (event) => write(`${redact(JSON.stringify({ time: new Date().toISOString(), ...event }))}\n`),
    close: async () => undefined,
  };
}
