import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Build, EnvVar, GitSource } from '../../../../../lib/platform/api/build/build-types.ts';
import type { BuildDefaults } from '../../../../../lib/platform/builds/contract.ts';
import { podOf } from '../../../../../lib/platform/controllers/builds/build-pod.ts';
import { streamsOf } from '../../../../../lib/platform/controllers/builds/waiting-builds.ts';

const DEFAULTS: BuildDefaults = { httpProxy: 'http://p.example:1', noProxy: '.svc', trustedCa: 'PEM' };
const inputs = { output: undefined, from: 'b:1', images: [], pushSecret: undefined, pullSecret: undefined, imageSecrets: [] };

interface Container {
  env: EnvVar[];
  volumeMounts: { name: string; mountPath: string }[];
}

function containers(
  git: Partial<GitSource>,
  defaults?: BuildDefaults,
): { clone: Container; build: Container; volumes: { name: string }[] } {
  const strategy = { sourceStrategy: { from: { kind: 'DockerImage', name: 'b:1' } } };
  const build = {
    apiVersion: 'build.openshift.io/v1',
    kind: 'Build',
    metadata: { name: 'shop-1', namespace: 'shop', uid: 'u' },
    spec: { source: { git: { uri: 'https://git.example/shop.git', ...git } }, strategy },
  } as Build;
  const { spec } = podOf(build, inputs, defaults) as unknown as {
    spec: { initContainers: [Container]; containers: [Container]; volumes: { name: string }[] };
  };
  return { clone: spec.initContainers[0], build: spec.containers[0], volumes: spec.volumes };
}

const told = ({ env }: Container): Build => JSON.parse(env[0]!.value!) as Build;

test("the cluster's proxies are those of git and of what runs in a build; a source's own are its own", () => {
  const { clone, build } = containers({ httpProxy: 'http://own.example:2' }, DEFAULTS);
  assert.deepEqual(told(clone).spec.source?.git, {
    uri: 'https://git.example/shop.git',
    httpProxy: 'http://own.example:2',
    noProxy: '.svc',
  });
  assert.deepEqual(build.env.slice(1), [
    { name: 'HTTP_PROXY', value: 'http://p.example:1' },
    { name: 'http_proxy', value: 'http://p.example:1' },
    { name: 'NO_PROXY', value: '.svc' },
    { name: 'no_proxy', value: '.svc' },
  ]);
  const plain = containers({});
  assert.deepEqual(told(plain.clone).spec.source?.git, { uri: 'https://git.example/shop.git' });
  assert.equal(plain.build.env.length, 1);
});

test('both containers see the authorities, from one volume', () => {
  const { clone, build, volumes } = containers({}, DEFAULTS);
  assert.deepEqual(
    volumes.filter(({ name }) => name === 'trusted-ca'),
    [{ name: 'trusted-ca', configMap: { name: 'openshift-build-trusted-ca' } }],
  );
  for (const { volumeMounts } of [clone, build]) assert.ok(volumeMounts.some(({ name }) => name === 'trusted-ca'));
  assert.ok(containers({}).volumes.every(({ name }) => name !== 'trusted-ca'));
});

test('a build waits for the streams that it names, wherever they are', () => {
  const tag = (name: string, namespace?: string): { kind: string; name: string; namespace?: string } => ({
    kind: 'ImageStreamTag',
    name,
    ...(namespace === undefined ? {} : { namespace }),
  });
  const spec = {
    source: { images: [{ from: { kind: 'ImageStreamImage', name: 'tools@sha256:1', namespace: 'ci' } }] },
    strategy: { sourceStrategy: { from: tag('nodejs:latest', 'openshift') } },
    output: { to: tag('shop:latest') },
  };
  assert.deepEqual(streamsOf(spec, 'shop'), [
    { namespace: 'openshift', name: 'nodejs' },
    { namespace: 'ci', name: 'tools' },
    { namespace: 'shop', name: 'shop' },
  ]);
  const direct = { strategy: { dockerStrategy: {} }, output: { to: { kind: 'DockerImage', name: 'r.example/a:b' } } };
  assert.deepEqual(streamsOf(direct, 'shop'), []);
});
