import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { assetPath } from '../../../../lib/common/assets.ts';
import { parseFacts } from '../../../../lib/installer/transport/parse-facts.ts';
import { sentinel } from '../../../support/probe-output.ts';

const script = assetPath('probe', 'probe.sh');
const args = [sentinel, '/opt/oo-install,/run', 'openshift/origin-pod:latest'];
/** Shells that a server may have as /bin/sh, or a user as the login's. */
const shells = [['sh'], ['dash'], ['bash'], ['bash', '--posix'], ['busybox', 'sh'], ['mksh'], ['ksh']].filter(
  ([program]) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0,
);

for (const shell of shells) {
  test(`the probe runs under ${shell.join(' ')}, tells this machine and says nothing else`, () => {
    const [program = '', ...more] = shell;
    const { stdout, stderr, status } = spawnSync(program, [...more, script, ...args], { encoding: 'utf8' });
    assert.deepEqual([status, stderr], [0, '']);
    const facts = parseFacts(stdout, sentinel);
    assert.equal(facts.kernel, 'Linux');
    assert.equal(facts.uid, process.getuid?.());
    assert.deepEqual(
      facts.disks.map(({ path }) => path),
      ['/opt/oo-install', '/run'],
    );
    assert.ok(facts.memory.total > 0 && facts.cgroup.controllers.length > 0);
  });
}

/** The script with no other programs than these, each a text that sh runs. Those of the machine are not reached. */
function probeWith(programs: Readonly<Record<string, string>>, links: readonly string[] = []) {
  const dir = mkdtempSync(join(tmpdir(), 'oo-probe-'));
  try {
    for (const [name, text] of Object.entries(programs)) {
      writeFileSync(join(dir, name), `#!/bin/sh\n${text}\n`);
      chmodSync(join(dir, name), 0o755);
    }
    for (const name of links) {
      symlinkSync(execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim(), join(dir, name));
    }
    const text = readFileSync(script, 'utf8').replace(/^PATH=.*$/m, `PATH=${dir}`);
    const { stdout } = spawnSync('/bin/sh', ['-s', ...args], { input: text, encoding: 'utf8', env: { PATH: dir } });
    return { facts: parseFacts(stdout, sentinel), stdout };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test('where no program is there at all, the answer is whole all the same', () => {
  const { facts } = probeWith({});
  assert.deepEqual([facts.kernel, facts.sudo, facts.docker.running], ['', 'none', false]);
});

test('what programs of a hostile server print stays in its line', () => {
  const liar = `printf 'x\\nuid=0\\n%s end\\nsudo=root\\n' '${sentinel}'`;
  const { facts } = probeWith({ id: 'echo 1000', uname: liar, hostname: liar, sudo: 'exit 1' }, ['cat']);
  assert.equal(facts.uid, 1000);
  assert.equal(facts.sudo, 'password');
  assert.match(facts.hostname, /^x uid=0 /);
});

const sudoSays: readonly [string, string, string][] = [
  ['sudo: a password is required', '1', 'password'],
  ['sudo: sorry, you must have a tty to run sudo', '1', 'tty'],
  ['eve is not in the sudoers file.  This incident will be reported.', '1', 'refused'],
  ['', '0', 'nopasswd'],
];
for (const [says, status, state] of sudoSays) {
  test(`sudo that says "${says}" is ${state}`, () => {
    const { facts } = probeWith({ id: 'echo 1000', sudo: `echo '${says}' >&2; exit ${status}` }, ['cat']);
    assert.equal(facts.sudo, state);
  });
}

/** A Docker client whose `info` prints this. */
const docker = (info: string) => ({ docker: `case $1 in info) echo '${info}' ;; --version) echo 'Docker version 28' ;; esac` });

test('a password in the address of a proxy does not leave the server', () => {
  const info = '28.0.1|overlay2|2|/srv/docker|[]|Debian|systemd|true|active|6.1.0|http://eve:hunter2@proxy:3128|';
  const { facts, stdout } = probeWith({ ...docker(info), id: 'echo 0' }, ['cat', 'sed', 'head', 'tr', 'tail']);
  assert.doesNotMatch(stdout, /hunter2/);
  assert.deepEqual(facts.docker.proxies, ['http://proxy:3128']);
  assert.deepEqual(
    [facts.docker.rootDir, facts.docker.cgroupDriver, facts.docker.liveRestore, facts.docker.swarm],
    ['/srv/docker', 'systemd', true, 'active'],
  );
});

test('a Docker too old for the question still tells its version', () => {
  const old = `case "$1 $2" in 'info --format') echo 'template: :1:2: no such field' ;; 'version --format') echo '19.03.1|||||||||||' ;; esac`;
  const { facts } = probeWith({ docker: old, id: 'echo 0' }, ['cat', 'sed', 'head', 'tail']);
  assert.deepEqual([facts.docker.running, facts.docker.version], [true, '19.03.1']);
});

test('a Docker that is not to be started by looking is asked for its version without its socket', () => {
  const client = 'case $1 in --version) echo "at $DOCKER_HOST" ;; esac';
  const { facts } = probeWith({ docker: client, id: 'echo 0' }, ['cat', 'head']);
  assert.equal(facts.docker.says, 'at unix:///nonexistent');
});
