import { randomBytes } from 'node:crypto';

/**
 * All that a login shell ever gets to read, whatever it is: the same words in sh, bash, zsh, fish, csh and tcsh. Everything else goes
 * to /bin/sh over standard input, where quoting is POSIX's. `read` takes byte by byte (POSIX: nothing beyond the line), so what
 * follows on standard input is left for the programs that are started.
 */
export const loginCommand = `exec /bin/sh -c 'IFS= read -r oo && eval "$oo"'`;

/** Words by which our own output is found among what banners, start-up files and sudo print. New for each command. */
export interface Marks {
  /** /bin/sh runs. */
  readonly shell: string;
  /** The prompt that sudo puts before it reads a password. */
  readonly password: string;
  /** The script's own output begins; what follows on that line is the user's number. */
  readonly begin: string;
  /** Ends the script. */
  readonly end: string;
  /** There is no sudo. */
  readonly noSudo: string;
}

/** Marks that nothing else on the connection can say. */
export function newMarks(): Marks {
  // A number for each: who has been shown one of them cannot tell another.
  const mark = (name: string) => `@@oo-${name}-${randomBytes(12).toString('hex')}@@`;
  return {
    shell: mark('shell'),
    password: mark('password'),
    begin: mark('begin'),
    end: mark('end'),
    noSudo: mark('nosudo'),
  };
}

/** As whom a script runs: as root whatever it takes, or as root only where no password is needed. */
export type Privilege = 'root' | 'unasked';

/**
 * The line that `loginCommand` evaluates: becomes root where it must, then reads the script and runs it. sudo asks on standard error and
 * reads standard input (-S) only where it needs a password, and nothing but the password is sent until it has been taken or the
 * script has begun: so it can reach no program. -k: a password cached there by somebody else's work counts for nothing, and we
 * leave none behind.
 */
export function bootstrapLine(marks: Marks, privilege: Privilege): string {
  // In single quotes below: it holds none itself.
  const load = [
    'umask 022',
    // The system's folders first: what is in the user's own must not be run as root where sudo keeps PATH.
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH',
    'printf "\\n%s %s\\n" MARK "$(id -u)"',
    'oo=',
    'nl="$(printf "\\n.")"',
    'nl=${nl%.}',
    'l=',
    'while IFS= read -r l && [ "$l" != END ]; do oo=$oo$l$nl; done',
    '[ "$l" = END ] || exit 97',
    'eval "$oo"',
  ]
    .join('; ')
    .replace('MARK', marks.begin)
    .replaceAll('END', marks.end);
  const sudo =
    privilege === 'root'
      ? `exec sudo -S -k -p ${marks.password} -- /bin/sh -c "$load"`
      : 'if sudo -n true 2>/dev/null; then exec sudo -n -- /bin/sh -c "$load"; else exec /bin/sh -c "$load"; fi';
  const without = privilege === 'root' ? `echo ${marks.noSudo} "$(command -v doas)"; exit 96` : 'exec /bin/sh -c "$load"';
  return [
    `echo; echo ${marks.shell}`,
    'LC_ALL=C; export LC_ALL',
    'PATH=${PATH:-/bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH',
    `load='${load}'`,
    'if [ "$(id -u)" = 0 ]; then exec /bin/sh -c "$load"; fi',
    `if command -v sudo >/dev/null 2>&1; then ${sudo}; fi`,
    without,
  ].join('; ');
}

/** A word that /bin/sh takes as it is. */
function quote(word: string): string {
  if (word.includes('\0')) throw new TypeError('a shell word holds no NUL');
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** A script with its arguments as `$1`..., ready for standard input. */
export function scriptText(script: string, args: readonly string[], marks: Marks): string {
  const text = script.endsWith('\n') || script === '' ? script : `${script}\n`;
  return `set -- ${args.map(quote).join(' ')}\n${text}${marks.end}\n`;
}
