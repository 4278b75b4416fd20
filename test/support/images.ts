import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createReadStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../lib/common/assets.ts';
import { buildStartingImages } from '../../lib/installer/artifacts/images/starting-images.ts';
import { aloneWith } from './alone-with.ts';
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
  if ((await isThere(WEB_A)) && (await isThere(WEB_B))) return;
  // One at a time: the name of an image that runs in pods already must not go to another one.
  await using _turn = await aloneWith('web-images');
  for (const tag of [WEB_A, WEB_B]) if (!(await isThere(tag))) await buildWebImage(tag);
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

async function buildWebImage(tag: string): Promise<void> {
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
    await runCommand(['docker', 'import', ...changes, '-', tag], { stdin });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
