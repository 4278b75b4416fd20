import { redact } from '../../../common/secrets.ts';
import type { BuildFlags } from './build-flags.ts';

/** What the command needs from its process. */
export interface StiHost {
  /** Aborts when the process is asked to end. */
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
}

/** What is told of a build, in the form that was asked for. */
export interface StiTeller {
  line(text: string): void;
  /** What only those want to hear who asked for more. */
  detail(text: string): void;
  done(id: string, tag: string, ms: number): void;
}

/** The last words of a command that failed. */
export function tellError(host: StiHost, json: boolean, reason: string, message: string, hint?: string): void {
  if (json)
    host.write(`${redact(JSON.stringify({ type: 'error', reason, message, ...(hint === undefined ? {} : { hint }) }))}\n`);
  else host.writeError(redact(`sti: ${message}\n${hint === undefined ? '' : `  ${hint}\n`}`));
}

/** Lines for people, or objects of JSON. */
export function teller({ quiet, json, loglevel }: BuildFlags, host: StiHost): StiTeller {
  const line = (text: string): void => {
    if (json === true) host.write(`${redact(JSON.stringify({ type: 'log', line: text }))}\n`);
    else if (quiet !== true) host.write(redact(`${text}\n`));
  };
  return {
    line,
    detail: (text: string): void => void (loglevel > 0 && line(text)),
    done(id: string, tag: string, ms: number): void {
      if (json === true) host.write(`${JSON.stringify({ type: 'done', image: id, tag, milliseconds: ms })}\n`);
      else if (quiet === true) host.write(`${id}\n`);
      else host.write(`Build completed successfully: ${tag} (${id.slice(7, 19)}) in ${(ms / 1000).toFixed(1)} s\n`);
    },
  };
}
