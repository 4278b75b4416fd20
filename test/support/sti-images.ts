import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runCommand } from './run-command.ts';

export interface ScratchImage {
  /** Files by absolute path; all may be executed. */
  readonly files?: Readonly<Record<string, string>>;
  /** `LABEL a=b` and so on, in the words of `docker import --change`. */
  readonly changes?: readonly string[];
  /** @default all of busybox's */
  readonly applets?: (name: string) => boolean;
}

/** Imports an image of this machine's static busybox and some files. Deterministic names, so that a run replaces what an earlier one left. */
export async function importImage(tag: string, { files = {}, changes = [], applets = () => true }: ScratchImage): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'oo-test-image-'));
  try {
    for (const name of ['bin', 'tmp', 'etc', 'usr/bin']) mkdirSync(join(folder, name), { recursive: true });
    chmodSync(join(folder, 'tmp'), 0o1777);
    const busybox = (await runCommand(['which', 'busybox'])).stdout.trim();
    copyFileSync(busybox, join(folder, 'bin', 'busybox'));
    const { stdout } = await runCommand([busybox, '--list']);
    for (const applet of stdout.split('\n').filter((name) => /^[\w[]+$/.test(name) && name !== 'busybox' && applets(name)))
      symlinkSync('busybox', join(folder, 'bin', applet));
    symlinkSync('/bin/env', join(folder, 'usr/bin/env'));
    writeFileSync(join(folder, 'etc', 'passwd'), 'root:x:0:0:root:/:/bin/sh\nbuilder:x:1001:0:builder:/:/bin/sh\n');
    writeFileSync(join(folder, 'etc', 'group'), 'root:x:0:\n');
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      writeFileSync(join(folder, path), text, { mode: 0o755 });
    }
    await new Promise<void>((resolve, reject) => {
      const options = changes.flatMap((change) => ['--change', change]);
      const tar = spawn('tar', ['--owner=0', '--group=0', '-C', folder, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
      const load = spawn('docker', ['import', ...options, '--change', 'ENV PATH=/bin', '-', tag], {
        stdio: [tar.stdout, 'ignore', 'inherit'],
      });
      load.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`docker import ended with ${code}`))));
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What a builder image does here: the application is a file that holds its source's, and run prints it. */
const ASSEMBLE = `#!/bin/sh
set -e
echo "assembling as $(id -u) with GREETING=$GREETING"
mkdir -p /tmp/app
if [ -e /tmp/artifacts/cache ]; then echo "artifacts: $(cat /tmp/artifacts/cache)"; mv /tmp/artifacts/cache /tmp/app/cache; fi
[ ! -e /tmp/src/fail ] || { echo 'this source cannot be built' >&2; exit 3; }
[ ! -e /tmp/src/wait ] || { echo waiting; sleep 600; }
[ ! -e /tmp/src/metadata ] || { mkdir -p /tmp/.s2i; cp /tmp/src/metadata /tmp/.s2i/image_metadata.json; }
[ ! -e /tmp/src/hook ] || sh /tmp/src/hook
cat /tmp/src/index.txt >/tmp/app/index.txt
(cd /tmp/src && find . | sort) >/tmp/app/files
echo "built $(date +%s)" >>/tmp/app/cache
`;
const RUN = `#!/bin/sh
cat /tmp/app/index.txt
echo "GREETING=$GREETING user=$(id -u) args=$*"
`;
const SAVE = `#!/bin/sh
cd /tmp/app && exec tar -cf - cache
`;

export const BUILDER_SCRIPTS = {
  '/usr/libexec/s2i/assemble': ASSEMBLE,
  '/usr/libexec/s2i/run': RUN,
  '/usr/libexec/s2i/save-artifacts': SAVE,
  '/usr/libexec/s2i/usage': '#!/bin/sh\necho "put an index.txt into your source"\n',
};

export const BUILDER_LABELS = ['LABEL io.openshift.s2i.scripts-url=image:///usr/libexec/s2i', 'LABEL vendor=test', 'USER 1001'];
