import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assetPath } from '../../lib/common/assets.ts';
import { builderImageNames } from '../../lib/installer/artifacts/images/platform-image-names.ts';
import { eventually } from '../support/eventually.ts';
import { platformImage } from '../support/platform-images.ts';
import { runCommand } from '../support/run-command.ts';

/** A container as a pod would be: without a network of the world, without rights, as a user whom no image knows. */
const confined = ['--network=none', '--cap-drop=ALL', '--security-opt=no-new-privileges', '--user=1234567:0'];
const scripts = '/usr/libexec/s2i';

/** Assembles what `prepare` (sh) leaves in /tmp/src, then runs `then` (sh) in the same container. */
async function assembled(name: string, prepare: string, then: string): Promise<string> {
  const script = `set -e; mkdir -p /tmp/src; (cd /tmp/src; ${prepare}); ${scripts}/assemble; ${then}`;
  const { stdout, stderr } = await runCommand([
    'docker',
    'run',
    '--rm',
    ...confined,
    await platformImage(name),
    'sh',
    '-c',
    script,
  ]);
  return stdout + stderr;
}

const greetings: Readonly<Record<string, RegExp>> = {
  nodejs: /Hello from Node\.js v20/,
  python: /Hello from Python 3/,
  php: /Hello from PHP 8/,
  static: /<h1>Hello/,
};

for (const name of builderImageNames) {
  test(`${name}: its sample application is assembled, answers, and ends when it is told to`, async () => {
    const image = await platformImage(name);
    const source = `${assetPath('apps', name)}:/tmp/src:ro`;
    const command = ['sh', '-c', `${scripts}/assemble && exec ${scripts}/run`];
    const { stdout } = await runCommand(['docker', 'run', '-d', ...confined, '-v', source, image, ...command]);
    const id = stdout.trim();
    try {
      await eventually(
        async () => {
          const answer = await runCommand(['docker', 'exec', id, 'wget', '-qO-', 'http://127.0.0.1:8080/'], { anyCode: true });
          assert.match(answer.stdout, greetings[name]!);
        },
        { timeout: 30_000 },
      );
      await runCommand(['docker', 'stop', '-t', '60', id]);
      const inspected = await runCommand(['docker', 'inspect', '--format', '{{.State.ExitCode}} {{.State.OOMKilled}}', id]);
      // 137 would be a server that did not listen.
      assert.notEqual(inspected.stdout.trim().split(' ')[0], '137');
    } finally {
      await runCommand(['docker', 'rm', '-f', id]);
    }
  });

  test(`${name}: labels say where its scripts are, and usage what it takes`, async () => {
    const image = await platformImage(name);
    const { stdout } = await runCommand(['docker', 'image', 'inspect', '--format', '{{json .Config}}', image]);
    const config = JSON.parse(stdout) as { User: string; Labels: Record<string, string>; ExposedPorts: object };
    assert.equal(config.Labels['io.openshift.s2i.scripts-url'], `image://${scripts}`);
    assert.match(config.Labels['io.openshift.tags']!, /^builder,/);
    assert.deepEqual([config.User, Object.keys(config.ExposedPorts)], ['1001:0', ['8080/tcp']]);
    const usage = await runCommand(['docker', 'run', '--rm', ...confined, image]);
    assert.match(usage.stdout, new RegExp(`openshift/${name}~`));
  });
}

test('nodejs: dependencies are installed by the lock file, built with, pruned, and handed on to the next build', async () => {
  const prepare = `mkdir lib tool; echo '{"name":"lib","version":"1.0.0"}' >lib/package.json; echo 'module.exports = 42' >lib/index.js
    echo '{"name":"tool","version":"1.0.0"}' >tool/package.json; echo 'module.exports = 7' >tool/index.js
    echo '{"name":"app","version":"1.0.0","dependencies":{"lib":"file:lib"},"devDependencies":{"tool":"file:tool"},"scripts":{"build":"node build","start":"node ."}}' >package.json
    echo 'require("fs").writeFileSync("built", String(require("tool") * 6) + "\\n")' >build.js; echo 'console.log(require("lib"))' >index.js
    HOME=/tmp npm install --package-lock-only --offline --no-audit >/dev/null`;
  const said = await assembled(
    'nodejs',
    prepare,
    `cat built; ls node_modules; ${scripts}/save-artifacts | tar -t; ${scripts}/run`,
  );
  assert.match(said, /npm ci --include=dev/);
  assert.match(said, /\n42\nlib\nnode_modules\/\n(.*\n)*node_modules\/lib\/index\.js\n/);
  assert.match(said, /> node \.\n\n42\n/);
});

test('nodejs: a source without package.json is told what is missing', async () => {
  await assert.rejects(assembled('nodejs', 'touch x', 'true'), /There is no package\.json in the source/);
});

test('python: requirements go into an environment of their own, which the next build gets', async () => {
  const prepare = `mkdir w; cd w; mkdir thing-1.0.dist-info; echo 'answer = 42' >thing.py
    printf 'Metadata-Version: 2.1\\nName: thing\\nVersion: 1.0\\n' >thing-1.0.dist-info/METADATA
    printf 'Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n' >thing-1.0.dist-info/WHEEL
    printf 'thing.py,,\\nthing-1.0.dist-info/METADATA,,\\nthing-1.0.dist-info/WHEEL,,\\nthing-1.0.dist-info/RECORD,,\\n' >thing-1.0.dist-info/RECORD
    python3 -m zipfile -c ../thing-1.0-py3-none-any.whl thing.py thing-1.0.dist-info; cd ..; rm -r w
    echo './thing-1.0-py3-none-any.whl' >requirements.txt; echo 'import thing, sys; print(thing.answer, sys.prefix)' >main.py`;
  const then = `APP_FILE=main.py ${scripts}/run; ${scripts}/save-artifacts | tar -t | grep -c thing.py`;
  assert.match(await assembled('python', prepare, then), /\n42 \/opt\/app-root\/venv\n1\n/);
});

test('php: extensions are there, .htaccess is heeded, and what begins with a dot is not served', async () => {
  const prepare = `mkdir web .git; echo secret >.git/config; mkdir web/.git; echo secret >web/.git/config; printf 'RewriteEngine On\\nRewriteRule ^nice$ index.php\\n' >web/.htaccess
    echo '<?php foreach (["mbstring","pdo_mysql","pdo_pgsql","sqlite3","curl","zip","dom","opcache"] as $e) if (!extension_loaded($e) && !extension_loaded("Zend $e")) echo "no $e"; session_start(); echo "fine";' >web/index.php`;
  const then = `export DOCUMENTROOT=web; ${scripts}/run >/tmp/log 2>&1 & pid=$!
    for i in $(seq 600); do wget -qO- http://127.0.0.1:8080/nice 2>/dev/null && break; usleep 100000; done
    for path in .git/config .htaccess; do wget -qO- http://127.0.0.1:8080/$path 2>&1 || true; done; kill $pid`;
  const said = await assembled('php', prepare, then);
  assert.match(said, /fine/);
  assert.doesNotMatch(said, /no \w+fine|secret/);
});
