import assert from 'node:assert/strict';
import { test } from 'node:test';
import { platformImage } from '../support/platform-images.ts';
import { runCommand } from '../support/run-command.ts';

/** What the program prints, run by a user whom no image knows, in a root file system that nobody can write to. */
async function output(image: string, ...argv: string[]): Promise<string> {
  return outputAs('1234567:0', image, ...argv);
}

async function outputAs(user: string, image: string, ...argv: string[]): Promise<string> {
  const [program, ...args] = argv;
  const harmless = [
    '--rm',
    '--network=none',
    '--read-only',
    '--tmpfs=/tmp',
    '--cap-drop=ALL',
    '--security-opt=no-new-privileges',
  ];
  const run = ['docker', 'run', ...harmless, '--user', user, '--entrypoint', program!, image, ...args];
  const { stdout, stderr } = await runCommand(run);
  return stdout + stderr;
}

test('the registry starts and answers', async () => {
  const image = await platformImage('registry');
  assert.match(await output(image, 'docker-registry', '--version'), /docker\/distribution/);
  const config = 'version: 0.1\nstorage: {filesystem: {rootdirectory: /tmp}}\nhttp: {addr: "127.0.0.1:5000"}\n';
  const script = `printf '%s' "$0" >/tmp/c.yml; docker-registry serve /tmp/c.yml >/tmp/log 2>&1 &
    for i in $(seq 600); do wget -qO- -S http://127.0.0.1:5000/v2/ && exit 0; usleep 100000; done; cat /tmp/log; exit 1`;
  assert.match(await output(image, 'sh', '-c', script, config), /Docker-Distribution-Api-Version: registry\/2\.0/);
});

test('the router judges a configuration, with TLS, compression and expressions', async () => {
  const config =
    'defaults\n  mode http\n  timeout client 1s\n  timeout server 1s\n  timeout connect 1s\nfrontend f\n  bind :8080\n  http-request deny if { path_reg ^/x$ }\n';
  const said = await output(
    await platformImage('router'),
    'sh',
    '-c',
    'printf %s "$0" >/tmp/c.cfg; haproxy -c -V -f /tmp/c.cfg',
    config,
  );
  assert.match(said, /Configuration file is valid/);
});

test('the builder clones and packs, and has the certificate authorities', async () => {
  const image = await platformImage('builder');
  const script = `set -e; export HOME=/tmp GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
    git init -q /tmp/a; cd /tmp/a; echo 1 >f; git add f; git commit -qm 'first one'
    git clone -q file:///tmp/a /tmp/b; cd /tmp/b; git log --format=%s; tar -cz f | tar -tz
    grep -c BEGIN /etc/ssl/certs/ca-certificates.crt`;
  const said = await output(image, 'sh', '-c', script);
  assert.match(said, /^first one\nf\n1\d\d\n/);
  // ssh asks who it is, and takes no number for an answer.
  assert.match(await outputAs('1001:0', image, 'ssh', '-V'), /OpenSSH/);
});

test('nothing in an image has rights of its own, and only folders that are meant to be are writable', async () => {
  for (const name of ['registry', 'router', 'builder']) {
    const image = await platformImage(name);
    const found = await outputAs(
      '0:0',
      image,
      'find',
      '/',
      '-xdev',
      '(',
      '-perm',
      '-4000',
      '-o',
      '-perm',
      '-2000',
      '-o',
      '-type',
      'f',
      '-perm',
      '-0002',
      ')',
    );
    assert.equal(found, '', name);
  }
});
