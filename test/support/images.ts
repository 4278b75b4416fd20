import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createReadStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../lib/common/assets.ts';
import { buildStartingImages } from '../../lib/installer/artifacts/images/starting-images.ts';
import { runCommand } from './run-command.ts';

/** Two images that differ in what they answer: `web-a POD TOKEN` and `web-b POD TOKEN`, over HTTP on 8080. */
export const WEB_A = 'oo-test/web-a:latest';
export const WEB_B = 'oo-test/web-b:latest';

let starting: Promise<void> | undefined;

/** The images that every platform needs (sandbox, sample application), built by the project itself, in this machine's Docker. */
export function ensureStartingImages(): Promise<void> {
  starting ??= loadStartingImages();
  return starting;
}

async function loadStartingImages(): Promise<void> {
  for (const image of await buildStartingImages({ cacheDir: join(packageRoot(), '.cache', 'artifacts') })) {
    const { stdout } = await runCommand(['docker', 'image', 'inspect', '--format', '{{.Id}}', image.reference], {
      anyCode: true,
    });
    if (stdout.trim() === image.id) continue;
    await runCommand(['docker', 'load', '-q'], { stdin: createReadStream(image.path) });
  }
}

/** Builds the two test images of this machine's static busybox, unless Docker has them. */
export async function ensureWebImages(): Promise<void> {
  for (const tag of [WEB_A, WEB_B]) {
    if (await isThere(tag)) continue;
    const id = await buildWebImage(tag);
    // Another process may have been as quick: its image may run in pods already, so the name stays with it.
    await runCommand((await isThere(tag)) ? ['docker', 'rmi', id] : ['docker', 'tag', id, tag]);
  }
}

const isThere = async (image: string): Promise<boolean> =>
  (await runCommand(['docker', 'image', 'inspect', image], { anyCode: true })).code === 0;

/** Logs `started`, then a line per request; ends at once on SIGTERM. */
const SERVE = `#!/bin/sh
trap 'echo stopping; kill $!; exit 0' TERM
mkdir -p /tmp/www
printf '%s %s %s\\n' "$(cat /name)" "$(hostname)" "\${TOKEN:-}" >/tmp/www/index.html
echo "started $(cat /name)"
httpd -f -v -p 8080 -h /tmp/www &
wait
`;

/** Answers the image's id: it has no name yet. */
async function buildWebImage(tag: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'oo-test-image-'));
  try {
    for (const name of ['bin', 'tmp', 'etc', 'root', 'var']) mkdirSync(join(folder, name));
    chmodSync(join(folder, 'tmp'), 0o1777);
    copyFileSync((await runCommand(['which', 'busybox'])).stdout.trim(), join(folder, 'bin', 'busybox'));
    const { stdout } = await runCommand([join(folder, 'bin', 'busybox'), '--list']);
    for (const applet of stdout.split('\n').filter((name) => /^[\w[]+$/.test(name) && name !== 'busybox')) {
      symlinkSync('busybox', join(folder, 'bin', applet));
    }
    writeFileSync(join(folder, 'etc', 'passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
    writeFileSync(join(folder, 'etc', 'group'), 'root:x:0:\n');
    writeFileSync(join(folder, 'name'), tag.replace(/^.*\/|:.*$/g, ''));
    writeFileSync(join(folder, 'serve'), SERVE, { mode: 0o755 });
    const archive = join(folder, '..', `${folder.slice(folder.lastIndexOf('/') + 1)}.tar`);
    await runCommand(['tar', '--owner=0', '--group=0', '-C', folder, '-cf', archive, '.']);
    const stdin = createReadStream('', { fd: openSync(archive, 'r') });
    rmSync(archive);
    const changes = ['CMD ["/serve"]', 'EXPOSE 8080', 'ENV PATH=/bin'].flatMap((change) => ['--change', change]);
    return (await runCommand(['docker', 'import', ...changes, '-'], { stdin })).stdout.trim();
  } finally {
    rmSync(folder, { recursive: true });
  }
}
