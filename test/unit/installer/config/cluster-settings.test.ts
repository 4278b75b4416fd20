import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OoError } from '../../../../lib/common/errors.ts';
import { parseCluster } from '../../../../lib/installer/config/cluster-file.ts';
import { settingsIn } from '../../../../lib/installer/fleet/cluster-requests.ts';

const sha256 = 'ab'.repeat(32);

function problems(settings: string): string[] {
  try {
    parseCluster(`hosts: [web1]\nsettings:\n${settings}`, 'cluster.yaml');
  } catch (error) {
    assert.equal((error as OoError).code, 'CLUSTER_FILE_INVALID', String(error));
    return (error as OoError).message.split('\n');
  }
  return assert.fail('it was taken');
}

test('settings are what the flags of install can say, with paths beside the file', () => {
  const cluster = parseCluster(
    `
hosts: [web1]
settings:
  port: 6443
  domain: apps.example.com
  wait: 0
  packages: stream
  bundle: site.bundle
  docker: { log-opts: { max-size: 10m }, debug: true, mtu: 1450, registry-mirrors: [https://mirror] }
  restartDocker: true
  proxy: { http: http://proxy:3128, https: env:SITE_PROXY, except: '.example.com,10.0.0.0/8' }
  builds: { docker: { file: ../docker.tgz, sha256: ${sha256} }, cni: { file: /srv/cni.tgz, sha256: ${sha256} } }
`,
    'cluster.yaml',
  );
  assert.deepEqual(settingsIn(cluster, '/site/a/cluster.yaml'), {
    port: 6443,
    domain: 'apps.example.com',
    wait: 0,
    packages: 'stream',
    bundle: '/site/a/site.bundle',
    docker: { 'log-opts': { 'max-size': '10m' }, debug: true, mtu: 1450, 'registry-mirrors': ['https://mirror'] },
    restartDocker: true,
    proxy: { http: 'http://proxy:3128', https: 'env:SITE_PROXY', except: '.example.com,10.0.0.0/8' },
    builds: { docker: { file: '/site/docker.tgz', sha256 }, cni: { file: '/srv/cni.tgz', sha256 } },
  });
  assert.deepEqual(settingsIn(parseCluster('hosts: [web1]', 'x'), 'x'), {});
});

test('what a flag would refuse is refused in its words, with the line and the path', () => {
  const told = problems(`  port: 0
  wait: -1
  packages: fast
  bundle: 7
  docker:
    mtu: 1450
    userns-remap: default
    hosts: []
  restartDocker: 'yes'
  proxy:
    http: proxy:3128
    https: 7
    except: a b
    no: x
  builds:
    docker: { file: docker.tgz }
    cni: { file: cni.tgz, sha256: abc }
    cni-plugins: {}
`);
  assert.deepEqual(told, [
    'cluster.yaml:3: settings.port: 0 is not a port from 1 to 65535',
    'cluster.yaml:4: settings.wait: -1 is not a number of seconds from 0 to 999999',
    'cluster.yaml:5: settings.packages: "fast" is none of auto, host, stream',
    'cluster.yaml:6: settings.bundle: 7 is no path of a file',
    "cluster.yaml:9: settings.docker.userns-remap: the setting userns-remap of Docker cannot be used with OpenShift: volumes and host networking of pods need the server's own user IDs; leave it out",
    'cluster.yaml:10: settings.docker.hosts: the setting hosts of Docker cannot be used with OpenShift: the platform and people who type docker talk to /var/run/docker.sock, which it would replace; leave it out',
    'cluster.yaml:11: settings.restartDocker: "yes" is neither true nor false',
    'cluster.yaml:13: settings.proxy.http: "proxy:3128" is no address of a proxy; write http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT',
    'cluster.yaml:14: settings.proxy.https: a text was expected',
    'cluster.yaml:15: settings.proxy.except: "a b" is no list of hosts that are reached without a proxy; separate names, domains and networks by commas: .example.com,10.0.0.0/8',
    'cluster.yaml:16: settings.proxy.no: unknown key; the keys there are http, https, except',
    'cluster.yaml:18: settings.builds.docker.sha256: missing',
    'cluster.yaml:19: settings.builds.cni.sha256: "abc" is no SHA-256 of 64 hexadecimal digits',
    'cluster.yaml:20: settings.builds.cni-plugins: unknown key; the keys there are docker, cni',
  ]);
  assert.match(
    problems('  proxy: { except: .x }')[0]!,
    /:3: settings\.proxy\.except: .*no proxy is given; give http or https too/,
  );
  for (const no of ['[]', '5', '.nan', '{ a: .inf }'])
    assert.match(
      problems(`  docker: ${no}`)[0]!,
      /:3: settings\.docker: .* is no mapping of settings as Docker's daemon\.json/,
      no,
    );
  assert.match(problems(`  docker: ${'{a: '.repeat(4_000)}1${'}'.repeat(4_000)}`)[0]!, /^cluster\.yaml/);
});

test("a proxy's password has no place in the file, and is not told on", () => {
  const told = problems('  proxy: { https: "http://eve:hunter2@proxy:3128" }').join('\n');
  assert.match(told, /^cluster\.yaml:3: settings\.proxy\.https: the address holds a password.*env:HTTPS_PROXY$/);
  assert.doesNotMatch(told, /hunter2/);
  assert.doesNotMatch(problems('  proxy: { https: "gopher://eve:hunter2@proxy" }').join('\n'), /hunter2/);
});
