import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface FakeSudoOptions {
  /** What it wants. Undefined: NOPASSWD. */
  readonly password?: string;
  /** Instead of doing anything: what it complains of, with status 1. */
  readonly complaint?: string;
  /** As passwd_tries in sudoers. @default 3 */
  readonly tries?: number;
  /** Says nothing and does nothing, as PAM modules do that wait for a token. */
  readonly silent?: boolean;
  readonly absent?: boolean;
  /** timestamp_timeout=0: what was authenticated counts for nothing afterwards. */
  readonly forgets?: boolean;
}

/**
 * A PATH on which the user is not root and sudo is a script that behaves as sudo(8) does with -S, -k, -n, -p and -v, without a terminal. Everything that reaches
 * a program through it is appended to the file `argv`.
 */
export function fakeSudoPath(folder: string, options: FakeSudoOptions): { path: string; argv: string } {
  const bin = join(folder, 'bin');
  const argv = join(folder, 'argv');
  mkdirSync(bin, { recursive: true });
  const write = (name: string, text: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}`);
    chmodSync(join(bin, name), 0o755);
  };
  write('id', 'if [ -n "$FAKE_ROOT" ]; then echo 0; else echo 1000; fi\n');
  const ticket = join(folder, 'ticket');
  const wanted = options.password === undefined ? '' : `'${options.password}'`;
  const ask = `
    echo "We trust you have received the usual lecture from the local System" >&2
    tries=0
    while :; do
      printf '%s' "$prompt" >&2
      IFS= read -r given || { echo "sudo: no password was provided" >&2; exit 1; }
      [ "$given" != ${wanted} ] || break
      tries=$((tries + 1))
      [ $tries -lt ${options.tries ?? 3} ] || { echo "sudo: $tries incorrect password attempts" >&2; exit 1; }
      echo "Sorry, try again." >&2
    done`;
  const sudo = `
printf '%s\\n' "$*" >>${argv}
prompt='[sudo] password: ' never='' only=''
while [ "$1" != -- ]; do
  case $1 in -n) never=yes ;; -v) only=yes ;; -p) prompt=$2; shift ;; esac
  [ $# -gt 1 ] || break
  shift
done
[ "$1" != -- ] || shift
${options.complaint === undefined ? '' : `echo "${options.complaint}" >&2; exit 1`}
${options.silent === true ? 'exec sleep 60' : ''}
${
  wanted === ''
    ? ''
    : `if [ -n "$never" ] && [ ! -e ${ticket} ]; then echo 'sudo: a password is required' >&2; exit 1; fi
[ -e ${ticket} ] || { ${ask}
}`
}
if [ -n "$only" ]; then ${options.forgets === true ? ':' : `touch ${ticket}`}; exit; fi
FAKE_ROOT=yes exec "$@"
`;
  if (options.absent !== true) write('sudo', sudo);
  // Only what is needed, so that the machine's own sudo is not found where there is to be none.
  return { path: bin, argv };
}
