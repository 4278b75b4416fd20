import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ooInstall, startHostWithCheckout } from '../support/checkout-on-host.ts';
import { eventually } from '../support/eventually.ts';

// A server whose Docker is somebody's: it is configured only as asked, is never left down, and gets its own configuration back.

const daemonJson = '/etc/docker/daemon.json';
const host = await startHostWithCheckout({
  docker: 'running',
  equipped: true,
  files: [{ path: daemonJson, content: '{ "debug": false }\n', mode: 0o640 }],
});
after(() => host.dispose());

const read = async (path = daemonJson) => (await host.exec(['cat', path])).stdout;
const startedAt = async () =>
  (await host.exec(['systemctl', 'show', '--property=ActiveEnterTimestampMonotonic', 'docker'])).stdout;
const info = async (format: string) => (await host.exec(['docker', 'info', '--format', format])).stdout.trim();

/** Installs with these settings in a file. */
async function installWith(settings: string, more: readonly string[] = [], env: Record<string, string> = {}) {
  await host.write({ '/root/settings.json': settings });
  return ooInstall(host, ['localhost', '--daemon-json', '/root/settings.json', ...more], { env });
}

/** Refused, with Docker as it was: not restarted, its file the same. */
async function refused(settings: string, code: number, message: RegExp) {
  const [file, start] = [await read(), await startedAt()];
  const result = await installWith(settings);
  assert.equal(result.code, code, result.stdout + result.stderr);
  assert.match(result.stderr, message);
  assert.deepEqual([await read(), await startedAt()], [file, start]);
}

test('settings that dockerd does not know, or that a flag has already, are refused before Docker is touched', async () => {
  await refused('{"log-optz": 5}', 5, /dockerd would refuse these settings: .*log-optz.*DOCKER_CONFIG_REFUSED/s);
  await host.write({
    '/etc/systemd/system/docker.service.d/flags.conf':
      '[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd -H fd:// --log-level=warn\n',
  });
  await host.shell('systemctl daemon-reload && systemctl restart docker');
  await refused('{"log-level": "info"}', 7, /started with a flag for the same setting: log-level.*DOCKER_FLAG_CONFLICT/s);
  await host.shell('rm -r /etc/systemd/system/docker.service.d && systemctl daemon-reload && systemctl restart docker');
});

test('a file of its own that is broken is told with line and column, and stays', async () => {
  const good = await read();
  await host.write({ [daemonJson]: '{\n  "debug": false,\n}\n' });
  await refused('{"live-restore": true}', 5, /daemon\.json is no JSON: line 3, column 1: "}" stands here.*DOCKER_CONFIG_BROKEN/s);
  await host.write({ [daemonJson]: good }, 0o640);
});

test('a restart that would stop the containers of others is refused, and they are named', async () => {
  const libraries = `$(ldd /bin/sleep | grep -o '/[^ ]*' | sed 's,^/,,')`;
  await host.shell(`tar -C / -ch bin/sleep ${libraries} | docker import - theirs`);
  await host.exec(['docker', 'run', '-d', '--name', 'database', '--network', 'none', 'theirs', '/bin/sleep', '1000000']);
  await refused(
    '{"log-opts": {"max-size": "10m"}}',
    7,
    /would stop containers that are not ours: database.*--restart-docker.*DOCKER_RESTART_NEEDED/s,
  );
  assert.equal((await host.exec(['docker', 'inspect', '--format', '{{.State.Running}}', 'database'])).stdout.trim(), 'true');
});

test('a Docker that does not come back with the new settings is given its old ones again', async () => {
  const before = await read();
  const result = await installWith('{"data-root": "/proc/nowhere"}', ['--restart-docker']);
  assert.equal(result.code, 5, result.stdout + result.stderr);
  assert.match(
    result.stderr,
    /did not come back with the new settings.*is as it was, and Docker runs again.*DOCKER_SETTINGS_FAILED/s,
  );
  assert.equal(await read(), before);
  assert.equal(await info('{{.DockerRootDir}}'), '/var/lib/docker');
  await host.exec(['docker', 'start', 'database']);
});

test('what Docker takes over while it runs needs no restart; the proxy reaches both services, its password nobody', async () => {
  const start = await startedAt();
  const live = await installWith('{"live-restore": true, "registry-mirrors": ["https://mirror.example.com"]}');
  assert.equal(live.code, 0, live.stdout + live.stderr);
  assert.equal(await startedAt(), start, 'Docker was not restarted');
  await eventually(async () => assert.equal(await info('{{.LiveRestoreEnabled}}'), 'true'));
  assert.deepEqual(JSON.parse(await read()), {
    debug: false,
    'live-restore': true,
    'registry-mirrors': ['https://mirror.example.com'],
  });
  assert.equal((await host.exec(['stat', '-c', '%a', daemonJson])).stdout.trim(), '640');

  const env = { PROXY_OF_TEST: 'http://eve:hunter2hunter2@proxy.example.com:3128' };
  const result = await ooInstall(host, ['localhost', '--https-proxy', 'env:PROXY_OF_TEST'], { env });
  assert.equal(result.code, 0, result.stdout + result.stderr);
  assert.match(await info('{{.HTTPSProxy}}'), /proxy\.example\.com:3128/);
  const openshift = await host.shell('tr "\\0" "\\n" </proc/$(systemctl show -P MainPID openshift)/environ');
  assert.match(openshift.stdout, /^HTTPS_PROXY=http:\/\/eve:hunter2hunter2@proxy/m);
  const shown = await host.shell('systemctl show docker openshift; cat /var/lib/oo-install/journal.jsonl; ps -eo args=');
  assert.doesNotMatch(shown.stdout + result.stdout + result.stderr, /hunter2/);
  assert.equal((await host.exec(['stat', '-c', '%a %U', '/etc/openshift/proxy.env'])).stdout.trim(), '600 root');
  assert.equal((await host.exec(['docker', 'inspect', '--format', '{{.State.Running}}', 'database'])).stdout.trim(), 'true');

  const again = await ooInstall(host, ['localhost', '--https-proxy', 'env:PROXY_OF_TEST'], { env });
  assert.match(again.stdout + again.stderr, /nothing to do/);
});

test('uninstall takes our settings out, leaves what its owner set since, and the containers of others running', async () => {
  const edited = { ...(JSON.parse(await read()) as object), 'max-concurrent-uploads': 7 };
  await host.write({ [daemonJson]: JSON.stringify(edited) }, 0o640);
  const result = await ooInstall(host, ['uninstall', 'localhost', '--yes']);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  assert.deepEqual(JSON.parse(await read()), { debug: false, 'max-concurrent-uploads': 7 });
  // Without live-restore a restart would end them: Docker is left to go by its file when its owner restarts it.
  assert.match(result.stdout, /our settings are out of \S+; Docker goes by it from its next start on/);
  assert.equal(await info('{{.LiveRestoreEnabled}}'), 'true');
  assert.equal((await host.exec(['docker', 'inspect', '--format', '{{.State.Running}}', 'database'])).stdout.trim(), 'true');
  assert.notEqual((await host.exec(['test', '-e', '/etc/systemd/system/docker.service.d'], { anyCode: true })).code, 0);
});
