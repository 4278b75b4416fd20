import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'yaml';
import { makeArtifact } from '../../../../lib/installer/artifacts/artifact.ts';
import { noColours, statusText } from '../../../../lib/installer/cli/progress/event-text.ts';
import { kubeconfig } from '../../../../lib/installer/commands/kubeconfig.ts';
import { restart, start, stop } from '../../../../lib/installer/commands/lifecycle.ts';
import { logs } from '../../../../lib/installer/commands/logs.ts';
import { endingSoon, status } from '../../../../lib/installer/commands/status.ts';
import type { SessionOptions } from '../../../../lib/installer/session.ts';
import { eventually } from '../../../support/eventually.ts';
import { ownSupplies } from '../../../support/own-supplies.ts';
import { dockerRunning } from '../../../support/probe-output.ts';
import { RecordingReporter } from '../../../support/recording-reporter.ts';
import { ScriptedServer } from '../../../support/scripted-server.ts';

const dir = mkdtempSync(join(tmpdir(), 'oo-day-two-'));
after(() => rmSync(dir, { recursive: true }));

const bundle = 'c'.repeat(64);
const installed = [
  `artifact.openshift=${bundle}`,
  `current.openshift=${bundle}`,
  `current.runtime=${'d'.repeat(64)}`,
  'version=0.3.0',
  'journal=yes',
  'kubeconfig=yes',
];
const unit = (active: string) => `unit.openshift=ActiveState=${active} UnitFileState=enabled LoadState=loaded`;
const server = (active = 'active'): ScriptedServer => new ScriptedServer(dockerRunning, [...installed, unit(active)]);

/** Of another version than the one that is installed. */
const file = { path: 'node', mode: 0o755, sha256: 'b'.repeat(64), size: 1, source: '/x' };
const artifacts = { runtime: makeArtifact('runtime', [file]), openshift: makeArtifact('openshift', [file]) };

function session(transport: ScriptedServer, signal?: AbortSignal): SessionOptions & { reporter: RecordingReporter } {
  const base = { transport, reporter: new RecordingReporter(), dryRun: false, takeLock: false, supplies: ownSupplies(artifacts) };
  return signal === undefined ? base : { ...base, signal };
}
const healthy = { ready: true, nodeReady: true, reason: '', server: 'https://192.0.2.10:8443' };
const unready = { ready: false, nodeReady: false, reason: 'connect ECONNREFUSED', server: '' };
const unitState = (restarts: number) => ({ active: 'active', enabled: 'enabled', result: 'success', restarts });
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000 + 3_600_000).toISOString();

test('a server on which nothing was installed is told so, and nothing is asked of it', async () => {
  for (const command of [start, stop, restart]) {
    await assert.rejects(command(session(new ScriptedServer({}))), { code: 'NOT_INSTALLED', hint: /oo-install web1/ });
  }
});

test('stop stops the daemon alone, and tells what goes on without it', async () => {
  const transport = server()
    .expect('unit.stop', { name: 'openshift.service' }, { changed: true })
    .expect('platform.pods', {}, { sandboxes: 3 });
  const options = session(transport);
  assert.equal((await stop(options)).outcome, 'stopped');
  const notes = options.reporter.of('note').map(({ message }) => message);
  assert.match(notes.join('\n'), /3 pods go on running.*\n.*starts again at the next boot/);
  transport.done();
});

test('stop says so when Docker does not tell what goes on', async () => {
  const transport = server()
    .expect('unit.stop', { name: 'openshift.service' }, { changed: true })
    .expect('platform.pods', {}, { reason: 'connect ECONNREFUSED /var/run/docker.sock' });
  const options = session(transport);
  assert.equal((await stop(options)).outcome, 'stopped');
  assert.match(options.reporter.of('note')[0]!.message, /pods go on running is not known, .*: connect ECONNREFUSED/);
});

test('what is stopped already is not stopped again, and what runs is not started again', async () => {
  const stopped = server('inactive').expect('platform.pods', {}, { sandboxes: 0 });
  assert.equal((await stop(session(stopped))).outcome, 'unchanged');
  stopped.done();
  const running = server().expect('unit.state', {}, unitState(0)).expect('platform.health', {}, healthy);
  assert.equal((await start(session(running))).outcome, 'unchanged');
  running.done();
});

test('start waits until the API answers and the node is Ready', async () => {
  const transport = server('inactive')
    .expect('unit.start', { name: 'openshift.service', restart: false }, { changed: true })
    .expect('unit.state', {}, unitState(0))
    .expect('platform.health', {}, unready)
    .expect('unit.state', {}, unitState(0))
    .expect('platform.health', {}, { ...healthy, nodeReady: false, reason: 'node a is not Ready' })
    .expect('unit.state', {}, unitState(0))
    .expect('platform.health', {}, healthy);
  assert.equal((await start(session(transport))).outcome, 'started');
  transport.done();
});

test('a daemon that keeps ending is given up, with its reason and its last words', async () => {
  const transport = server()
    .expect('unit.start', { restart: true }, { changed: true })
    .expect('unit.state', {}, unitState(0))
    .expect('platform.health', {}, unready)
    .expect('unit.state', {}, unitState(5))
    .expect('log.tail', { unit: 'openshift.service' }, { lines: ['config.yaml: listen'] });
  await assert.rejects(restart(session(transport)), {
    code: 'PLATFORM_NOT_READY',
    message: /ECONNREFUSED\n {4}config\.yaml: listen/,
  });
  transport.done();
});

test('where no systemd runs, our supervisor is asked', async () => {
  const fields = { ...dockerRunning, systemd: undefined, init: 'sh' };
  const stopping = new ScriptedServer(fields, [...installed, 'service=openshift'])
    .expect('service.stop', { name: 'openshift' }, { changed: true })
    .expect('platform.pods', {}, { sandboxes: 1 });
  const options = session(stopping);
  assert.equal((await stop(options)).outcome, 'stopped');
  assert.match(options.reporter.of('note')[0]!.message, /^1 pod goes on running/);
  stopping.done();
  const log = new ScriptedServer(fields, installed).expect(
    'log.stream',
    { file: '/var/log/oo-install/docker.log', lines: 5 },
    {},
  );
  await logs(session(log), { unit: 'docker', lines: 5, follow: false });
  log.done();
});

test('logs tells each line as it comes, and ends well when it is interrupted', async () => {
  const transport = server().expect('log.stream', { unit: 'openshift.service', lines: 2, follow: true }, 'never', ['a', 'b']);
  const ending = new AbortController();
  const options = session(transport, ending.signal);
  const running = logs(options, { unit: 'openshift', lines: 2, follow: true });
  await eventually(() => options.reporter.of('log').length === 2);
  ending.abort();
  await running;
  assert.deepEqual(
    options.reporter.of('log').map(({ line }) => line),
    ['a', 'b'],
  );
  assert.equal(transport.closed, 1, 'the connection is closed, which ends the program that reads the log');
});

test('status asks the version that is installed, and says that it is another one', async () => {
  const transport = server()
    .expect('platform.health', {}, healthy)
    .expect('platform.pods', {}, { sandboxes: 4, running: 4 })
    .expect('platform.parts', {}, { parts: [{ name: 'router', state: 'blocked', reason: 'port 80 is taken' }] })
    .expect('journal.read', {}, { entries: [] })
    .expect(
      'platform.certificates',
      {},
      {
        certificates: [
          { name: 'apiserver', expires: inDays(12), names: [] },
          { name: 'ca', expires: inDays(3000), names: [] },
        ],
      },
    )
    .expect(
      'upgrade.read',
      {},
      {
        pending: {
          state: 'switched',
          since: '2026-01-01T00:00:00Z',
          from: { runtime: bundle, openshift: bundle, version: '0.2.0' },
          to: { runtime: bundle, openshift: bundle, version: '0.3.0' },
        },
      },
    );
  // A newer agent tells more than we know: that is passed over.
  transport.hello = { ...transport.hello, news: true };
  const options = session(transport);
  const found = await status(options);
  assert.deepEqual(
    [found.platform, found.version, found.isCurrent, found.pods],
    ['ready', `0.3.0 (${bundle.slice(0, 12)})`, false, 4],
  );
  assert.deepEqual(found.parts, [{ name: 'router', state: 'blocked', reason: 'port 80 is taken' }]);
  assert.match(statusText(found, noColours), /^ {2}router: +blocked \(port 80 is taken\)$/m);
  assert.match(found.upgrade, /an upgrade from 0\.2\.0 to 0\.3\.0 was cut off .*oo-install upgrade finishes it/);
  assert.match(options.reporter.of('warning')[0]!.message, /apiserver ends in 12 days.*oo-install restart web1/);
  transport.done();
});

test('an agent that cannot be understood is no failure of status: it says so', async () => {
  for (const [hello, reason] of [
    [{ bundle: 'x', pid: 1, uid: 0, protocol: 99, calls: [] }, /speaks protocol 99, this one 1/],
    [{ bundle: 'x', pid: 1, uid: 0 }, /protocol 0/],
    [{ bundle: 'x', pid: 1, uid: 0, protocol: 1, calls: ['hello'] }, /does not know platform\.health/],
  ] as const) {
    const transport = server();
    transport.hello = hello;
    const found = await status(session(transport));
    assert.deepEqual([found.platform, found.installed, found.version.slice(0, 5)], ['starting', true, '0.3.0']);
    assert.match(found.reason, reason);
    transport.done();
  }
});

test('certificates that end within 30 days are told, the next one first', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const all = [
    { name: 'late', expires: '2026-01-30T23:00:00Z', names: [] },
    { name: 'fine', expires: '2026-02-01T00:00:00Z', names: [] },
    { name: 'gone', expires: '2025-12-31T12:00:00Z', names: [] },
  ];
  assert.deepEqual(
    endingSoon(all, now).map(({ name, days }) => [name, days]),
    [
      ['gone', -1],
      ['late', 29],
    ],
  );
});

const remote = `apiVersion: v1
kind: Config
clusters:
- name: oo-install
  cluster: {server: "https://127.0.0.9:1", certificate-authority-data: Q0E=}
users:
- name: system:admin
  user: {client-certificate-data: Q1JU, client-key-data: S0VZ}
`;

test('kubeconfig writes where the server is reached from here; where nothing answers, it tells the ways out', async () => {
  const path = join(dir, 'config');
  writeFileSync(path, '');
  const transport = server()
    .expect('file.read', { path: '/etc/openshift/admin.kubeconfig' }, { content: remote, mode: 0o600 })
    .expect(
      'platform.certificates',
      {},
      { certificates: [{ name: 'apiserver', expires: inDays(300), names: ['web1', '127.0.0.9'] }] },
    );
  transport.reach = { host: '127.0.0.8', jumped: true };
  const options = session(transport);
  await kubeconfig(options, { output: path });
  const written = parse(readFileSync(path, 'utf8')) as { clusters: { name: string; cluster: Record<string, unknown> }[] };
  assert.deepEqual(
    [written.clusters[0]?.name, written.clusters[0]?.cluster['server'], written.clusters[0]?.cluster['tls-server-name']],
    ['oo-web1', 'https://127.0.0.8:1', 'web1'],
  );
  assert.match(
    options.reporter.of('note')[0]!.message,
    /certificate is not for 127\.0\.0\.8: kubectl and openshift ask for web1 there; .*tlsSANs/,
  );
  assert.match(options.reporter.of('warning')[0]!.message, /behind a jump host: ssh -N -L 1:127\.0\.0\.1:1 web1/);
  const [result] = options.reporter.of('result');
  assert.deepEqual([result?.outcome, result?.context, result?.kubeconfig], ['merged', 'oo-web1', path]);
  assert.doesNotMatch(JSON.stringify(options.reporter.events), /S0VZ/, 'the key reaches no event');
  transport.done();
});
