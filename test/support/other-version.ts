import { CHECKOUT } from './checkout-on-host.ts';
import type { CommandOptions, CommandResult } from './run-command.ts';
import { smallInstall } from './small-install.ts';
import type { TestHost } from './test-host.ts';

/** A checkout of another version on a test host. */
export interface OtherVersion {
  /** Runs its `bin/oo-install ARGS...`. Any exit code is a result. */
  run(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  readonly folder: string;
}

/**
 * Copies the checkout on the host, calls it another version and puts `daemon` before the daemon's own program: what it does to the arguments is what
 * that version is like. Everything else is real: its bundle is built and sent as any other.
 */
export async function makeOtherVersion(host: TestHost, version: string, daemon = ''): Promise<OtherVersion> {
  const folder = `${CHECKOUT}-${version}`;
  const script = [
    'set -e',
    'mkdir -p "$1" && cd "$2" && tar -cf - --exclude=./node_modules . | tar -xf - -C "$1"',
    'ln -s "$2/node_modules" "$1/node_modules"',
    `sed -i 's/^  "version": ".*",/  "version": "'"$3"'",/' "$1/package.json"`,
    'printf "%s\\nexport {};\\n" "$4" >"$1/bin/added.ts"',
    `sed -i "2i import './added.ts';" "$1/bin/openshift.ts"`,
  ];
  await host.exec(['sh', '-c', script.join('\n'), 'sh', folder, CHECKOUT, version, daemon]);
  return {
    folder,
    run: (args, options = {}) =>
      host.exec([`${folder}/bin/oo-install`, ...smallInstall(args)], { anyCode: true, timeout: 240_000, ...options }),
  };
}
