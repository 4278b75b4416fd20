/**
 * The one error type of the installer, the launcher and the daemon's start-up. The platform's API answers with
 * StatusError instead (lib/platform/api/status-error.ts), since its clients expect a metav1.Status.
 */
export class OoError extends Error {
  /** Catalogue key of the subsystem that threw, e.g. `DOCKER_WILL_NOT_START`. Scripts match on it; it never changes. */
  readonly code: string;
  /** What the reader should do next, as a sentence or a command. */
  readonly hint: string | undefined;
  /** Class of failure, which decides the exit code. */
  readonly failure: FailureClass;

  constructor(code: string, failure: FailureClass, message: string, options: { cause?: unknown; hint?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'OoError';
    this.code = code;
    this.failure = failure;
    this.hint = options.hint;
  }
}

/** What kind of thing went wrong: one exit code each (lib/installer/cli/exit-codes.ts). */
export type FailureClass = 'usage' | 'preflight' | 'connection' | 'docker' | 'platform' | 'conflict' | 'interrupted' | 'internal';

/** One entry of an error catalogue: the class, how to say it, and the way out. */
export interface ErrorEntry<Args extends readonly unknown[]> {
  readonly failure: FailureClass;
  /** Lower case, no full stop, holds the wrong value. */
  readonly message: (...args: Args) => string;
  readonly hint?: (...args: Args) => string;
}

type Entries = Record<string, ErrorEntry<never[]>>;
type Factories<E extends Entries> = {
  readonly [K in keyof E]: E[K] extends ErrorEntry<infer Args>
    ? (...args: [...Args, options?: { cause?: unknown }]) => OoError
    : never;
};

/** Makes the factories of a subsystem's error catalogue. The key is the code, so the two cannot drift apart. */
export function defineErrors<const E extends Record<string, ErrorEntry<never[]>>>(entries: E): Factories<E> {
  const factories: Record<string, (...args: unknown[]) => OoError> = {};
  for (const [code, entry] of Object.entries(entries) as [string, ErrorEntry<unknown[]>][]) {
    const arity = entry.message.length;
    factories[code] = (...args) => {
      const options = args.length > arity ? (args.at(-1) as { cause?: unknown } | undefined) : undefined;
      const hint = entry.hint?.(...args);
      return new OoError(code, entry.failure, entry.message(...args), {
        ...(options?.cause === undefined ? {} : { cause: options.cause }),
        ...(hint === undefined ? {} : { hint }),
      });
    };
  }
  return factories as Factories<E>;
}

/** The message of anything thrown, with the chain of causes: what a message says already is not said again. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : errorText(error.cause);
  return error.message.includes(cause) ? error.message : `${error.message}: ${cause}`;
}

/** The exit status of the daemon's programs (the installer has one for each class): 2 for a wrong command line, else 1. */
export const exitCodeOf = (error: unknown): number => (error instanceof OoError && error.failure === 'usage' ? 2 : 1);
