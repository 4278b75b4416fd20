import { redact } from '../../../common/secrets.ts';
import type { Reporter } from '../../progress-event.ts';
import { hidden } from '../../../common/printable.ts';

/**
 * One JSON object per line on standard output: for programs (docs/json-events.md). A person may look at it too: what JSON lets through and a
 * terminal obeys or hides is escaped, which is the same string to every reader of JSON.
 */
export function jsonReporter(write: (text: string) => void): Reporter {
  return {
    plan: () => undefined,
    report: (event) => write(`${escapeHidden(redact(JSON.stringify({ time: new Date().toISOString(), ...event })))}\n`),
    close: async () => undefined,
  };
}

function escapeHidden(json: string): string {
  return json.replace(hidden, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
