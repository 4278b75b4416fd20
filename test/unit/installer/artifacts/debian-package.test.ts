import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fetchPackage } from '../../../../lib/installer/artifacts/debian-package.ts';
import { runCommand } from '../../../support/run-command.ts';
import { setEnvironment } from '../../../support/set-environment.ts';

// An apt of a machine that has no package lists, such as a fresh container. It waits for nobody and is disturbed by who updates, as the real one is.
const folder = mkdtempSync(join(tmpdir(), 'oo-debian-package-'));
const APT = `#!/bin/sh
case " $* " in
  *' update '*)
    echo update >>"${folder}/ran"
    mkdir "${folder}/lock" 2>/dev/null || { echo 'E: Could not get lock lists/lock' >&2; exit 100; }
    sleep 0.2
    rmdir "${folder}/lock"
    : >"${folder}/lists" ;;
  *' download '*)
    for name; do :; done
    case "$*" in *Dir::State::lists*) ;; *) echo 'E: Unable to locate package' >&2; exit 100 ;; esac
    [ -e "${folder}/lists" ] || { echo 'E: Unable to locate package' >&2; exit 100; }
    [ -e "${folder}/disturbed-$name" ] || {
      : >"${folder}/disturbed-$name"
      echo 'E: Problem renaming the file srcpkgcache.bin.1 to srcpkgcache.bin - rename (2: No such file or directory)' >&2
      exit 100
    }
    echo "$name" >"$name.deb" ;;
esac
`;
writeFileSync(join(folder, 'apt-get'), APT, { mode: 0o755 });
setEnvironment({ PATH: `${folder}:${process.env['PATH']}` });
after(() => rmSync(folder, { recursive: true }));

test('packages that are wanted at one time have the lists fetched once, and are had though another apt disturbs', async () => {
  const arch = (await runCommand(['dpkg', '--print-architecture'])).stdout.trim() as 'amd64';
  const names = ['catatonit', 'haproxy', 'git'];
  const files = await Promise.all(names.map((name) => fetchPackage(name, { cacheDir: join(folder, 'cache'), arch })));
  assert.deepEqual(
    files.map((file) => readFileSync(file, 'utf8').trim()),
    names,
  );
  assert.equal(readFileSync(join(folder, 'ran'), 'utf8'), 'update\n');
});
