import type { Facts } from '../../transport/facts.ts';
import type { InstallSettings } from '../context.ts';

/** What one check says. `warning`: it will work, but somebody should know. */
export interface Finding {
  /** Of the check, kebab-case. Never changes. */
  readonly check: string;
  readonly level: 'ok' | 'warning' | 'failure';
  /** Lower case, no full stop, holds the value that was found. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** What a check judges: facts alone. It asks the server nothing, so that all of them are judged at once, before any change. */
export interface PreflightInput {
  readonly facts: Facts;
  readonly settings: InstallSettings;
  /** Milliseconds since the epoch on the operator's machine when the facts were taken. */
  readonly now: number;
  /** Whether our platform runs there already: then what it holds (its ports) is no obstacle. */
  readonly platformRuns: boolean;
}

export type Preflight = (input: PreflightInput) => Finding | readonly Finding[];

/** The three kinds of findings. `hint` tells the way out. */
export const ok = (check: string, message: string): Finding => ({ check, level: 'ok', message });
export const warning = (check: string, message: string, hint: string): Finding => ({ check, level: 'warning', message, hint });
export const failure = (check: string, message: string, hint: string): Finding => ({ check, level: 'failure', message, hint });
