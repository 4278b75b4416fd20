import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { globFiles } from './file-glob.ts';
import { type ConfigPosition, sshConfigErrors } from './ssh-config-errors.ts';
import { type ConfigLine, parseConfigLine } from './ssh-config-line.ts';
import { type MatchSubject, matchesHostLine, matchesMatchLine } from './ssh-config-match.ts';

/** Where a configuration begins. */
export interface ConfigSource {
  readonly file: string;
  /** The user's own: `~` may be used in Include, and relative names stand in ~/.ssh. */
  readonly home?: string;
  /** Somebody named it, so it must exist; else it may be absent. */
  readonly mustExist: boolean;
  /** Refused where others may write to it. As in ssh: ~/.ssh/config, and whatever is included anywhere. */
  readonly checkOwner: boolean;
}

export interface ConfigReading {
  readonly subject: () => MatchSubject;
  /** Called for each line that applies, in order. */
  readonly apply: (line: ConfigLine) => void;
  readonly warn: (position: ConfigPosition, text: string) => void;
}

/** As OpenSSH's READCONF_MAX_DEPTH. */
const deepest = 16;
/** Files of one reading, so that files that include each other by patterns come to an end. */
const mostFiles = 256;
const largestFile = 1 << 20;

/** Reads a configuration with its included files, and tells the lines that apply. Answers whether a second reading is asked for. */
export async function readConfig(source: ConfigSource, reading: ConfigReading): Promise<boolean> {
  const reader = new ConfigReader(source, reading);
  await reader.read(source.file, true, 0, undefined);
  return reader.wantsFinal;
}

class ConfigReader {
  readonly #source: ConfigSource;
  readonly #reading: ConfigReading;
  #files = 0;
  wantsFinal = false;

  constructor(source: ConfigSource, reading: ConfigReading) {
    this.#source = source;
    this.#reading = reading;
  }

  /** A file that is included in a section applies as far as that section does; its own sections end with it. */
  async read(file: string, applies: boolean, depth: number, from: ConfigPosition | undefined): Promise<void> {
    if (from !== undefined && (depth > deepest || ++this.#files > mostFiles)) throw sshConfigErrors.SSH_CONFIG_TOO_DEEP(from);
    const { mustExist, checkOwner } = this.#source;
    const isIncluded = from !== undefined;
    const text = await readConfigFile(file, { mustExist: mustExist && !isIncluded, checkOwner: checkOwner || isIncluded });
    let active = applies;
    for (const [index, line] of text.split('\n').entries()) {
      const parsed = parseConfigLine(line, { file, line: index + 1 });
      if (parsed === undefined) continue;
      if (parsed.keyword === 'host' || parsed.keyword === 'match') active = this.#matches(parsed, applies);
      else if (parsed.keyword === 'include') await this.#include(parsed, active, depth);
      else if (active) this.#reading.apply(parsed);
    }
  }

  #matches(line: ConfigLine, applies: boolean): boolean {
    const subject = this.#reading.subject();
    if (line.keyword === 'host') return applies && matchesHostLine(line, subject);
    const { matches, wantsFinal, warning } = matchesMatchLine(line, subject);
    if (!applies) return false;
    this.wantsFinal ||= wantsFinal === true;
    if (warning !== undefined) this.#reading.warn(line, warning);
    return matches;
  }

  async #include(line: ConfigLine, applies: boolean, depth: number): Promise<void> {
    const { file, home } = this.#source;
    for (const name of line.args) {
      if (name.startsWith('~') && (home === undefined || !/^~(\/|$)/.test(name))) {
        throw sshConfigErrors.SSH_CONFIG_INVALID(line, `Include ${name}: only ~/ of your own configuration is known`);
      }
      const folder = home === undefined ? dirname(file) : join(home, '.ssh');
      const pattern = name.startsWith('~') ? join(home!, name.slice(1)) : isAbsolute(name) ? name : join(folder, name);
      for (const path of await globFiles(pattern)) await this.read(path, applies, depth + 1, line);
    }
  }
}

/** The text of a configuration file; absent files that nobody named are empty. */
async function readConfigFile(file: string, source: Pick<ConfigSource, 'mustExist' | 'checkOwner'>): Promise<string> {
  try {
    // A named pipe would be waited for without end.
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (stat.isDirectory()) return '';
    if (!stat.isFile() && file !== '/dev/null') throw sshConfigErrors.SSH_CONFIG_UNREADABLE(file, 'it is no file');
    if (stat.size > largestFile) throw sshConfigErrors.SSH_CONFIG_UNREADABLE(file, 'it is larger than 1 MiB');
    if (source.checkOwner) checkOwner(file, stat);
    return await handle.readFile('utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      if (!source.mustExist) return '';
    } else if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) throw error;
    throw sshConfigErrors.SSH_CONFIG_UNREADABLE(file, message, { cause: error });
  }
}

/** ssh(1), FILES: yours or root's, and not writable for others; Debian lets it be writable for a group of your own. */
function checkOwner(file: string, stat: { uid: number; gid: number; mode: number }): void {
  const own = process.getuid?.();
  if (own === undefined) return;
  if (stat.uid !== 0 && stat.uid !== own) throw sshConfigErrors.SSH_CONFIG_UNSAFE(file, 'it belongs to another user');
  if ((stat.mode & 0o002) !== 0) throw sshConfigErrors.SSH_CONFIG_UNSAFE(file, 'everybody may write to it');
  if ((stat.mode & 0o020) !== 0 && stat.gid !== process.getgid?.()) {
    throw sshConfigErrors.SSH_CONFIG_UNSAFE(file, 'a group may write to it');
  }
}
