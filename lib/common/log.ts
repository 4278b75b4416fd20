import { pino } from 'pino';
import { redact } from './secrets.ts';

/** Structured log: a constant message plus keys, e.g. `log.info({ controller, object }, 'reconciled')`. */
export interface Log {
  debug(keys: object, message: string): void;
  info(keys: object, message: string): void;
  warn(keys: object, message: string): void;
  error(keys: object, message: string): void;
  child(keys: object): Log;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/**
 * The root log of a process: one JSON line per entry on standard error (journald and our supervisor keep it).
 * Registered secrets are replaced in every line, whatever key they are under.
 */
export function createLog(options: { name: string; level?: LogLevel; write?: (line: string) => void }): Log {
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  return pino(
    { name: options.name, level: options.level ?? 'info', base: null, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line: string) => write(redact(line)) },
  );
}

/** A log that says nothing. */
export const silentLog: Log = createLog({ name: 'silent', level: 'silent', write: () => undefined });
