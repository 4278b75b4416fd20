import { matchesHostList, matchesPatterns } from './host-pattern.ts';
import { sshConfigErrors } from './ssh-config-errors.ts';
import type { ConfigLine } from './ssh-config-line.ts';

/** What `Host` and `Match` compare with, at the moment at which the line is read. */
export interface MatchSubject {
  /** As typed. */
  readonly originalHost: string;
  /** As typed; in the second reading, the name to connect to. */
  readonly host: string;
  /** After the HostName that was read so far. */
  readonly hostName: string;
  /** The login name that was read so far, or ours. */
  readonly user: string;
  readonly localUser: string;
  /** Files are read a second time when a `Match final` asks for it. */
  readonly isFinal: boolean;
}

/** What a line decided. */
export interface MatchResult {
  readonly matches: boolean;
  readonly wantsFinal?: boolean;
  /** What a person should know: a condition that cannot be judged counts as not met. */
  readonly warning?: string;
}

/** A `Host` line: one of its patterns, and none of the negated ones. */
export function matchesHostLine(line: ConfigLine, subject: MatchSubject): boolean {
  return matchesPatterns(subject.host, line.args);
}

/**
 * A `Match` line of ssh_config(5). `exec` would run a command: it never is, and the section does not apply. So does one whose criteria need
 * what only ssh(1) knows (`tagged`, `localnetwork` and newer ones).
 * @throws OoError SSH_CONFIG_INVALID
 */
export function matchesMatchLine(line: ConfigLine, subject: MatchSubject): MatchResult {
  const refuse = (why: string) => sshConfigErrors.SSH_CONFIG_INVALID(line, why);
  const words = [...line.args];
  let matches = true;
  let wantsFinal = false;
  let unknown: string | undefined;
  while (words.length > 0) {
    const [name = '', given] = splitOnce(words.shift()!);
    const isNegated = name.startsWith('!');
    const criterion = name.slice(isNegated ? 1 : 0).toLowerCase();
    if (criterion === 'all') {
      if (isNegated || words.length > 0) throw refuse('all cannot be combined with other criteria');
      continue;
    }
    if (criterion === 'canonical' || criterion === 'final') {
      wantsFinal ||= criterion === 'final';
      matches &&= subject.isFinal !== isNegated;
      continue;
    }
    const value = given ?? words.shift();
    if (value === undefined || value === '') throw refuse(`Match ${criterion} has no value`);
    const met = judge(criterion, value, subject);
    if (met === undefined) unknown ??= criterion;
    else matches &&= met !== isNegated;
  }
  // Told only where all that can be judged is met: elsewhere the section would not have applied anyway.
  if (unknown === undefined || !matches) return { matches, wantsFinal };
  const why = unknown === 'exec' ? 'is not run' : 'is not supported';
  return { matches: false, wantsFinal, warning: `Match ${unknown} ${why}, so its section is passed over` };
}

function judge(criterion: string, value: string, subject: MatchSubject): boolean | undefined {
  switch (criterion) {
    case 'host':
      return matchesHostList(subject.hostName, value);
    case 'originalhost':
      return matchesHostList(subject.originalHost, value);
    case 'user':
      return matchesPatterns(subject.user, value.split(','));
    case 'localuser':
      return matchesPatterns(subject.localUser, value.split(','));
    default:
      return undefined;
  }
}

/** `host=a` is the same as `host a`. */
function splitOnce(word: string): [string, string | undefined] {
  const cut = word.indexOf('=');
  return cut < 0 ? [word, undefined] : [word.slice(0, cut), word.slice(cut + 1)];
}
