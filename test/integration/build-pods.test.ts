import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Build } from '../../lib/platform/api/build/build-types.ts';
import type { KubeObject } from '../../lib/platform/api/meta.ts';
import {
  BUILD_LABEL,
  BUILDER_IMAGE,
  type BuildTermination,
  COMMANDS,
  DOCKER_BUILD,
  GIT_CLONE,
  MOUNTS,
  STI_BUILD,
  TERMINATION_LOG,
  WORK_DIR,
} from '../../lib/platform/builds/contract.ts';
import { eventually } from '../support/eventually.ts';
import { type KubeletRig, kubeletRig } from '../support/kubelet-rig.ts';
import { platformImage } from '../support/platform-images.ts';
import { runCommand } from '../support/run-command.ts';
import { BUILDER_LABELS, BUILDER_SCRIPTS, importImage } from '../support/sti-images.ts';

const REGISTRY = `oo-build-registry-${process.pid}`;
/** Label of the images that are built here. */
const OURS = 'oo.test.node';
let rig: KubeletRig;
/** `127.0.0.1:PORT` */
let registry: string;
let builder: string;

const docker = (...args: string[]) => runCommand(['docker', ...args], { anyCode: true });

before(async () => {
  await platformImage('builder');
  const config = JSON.stringify({
    version: '0.1',
    storage: { filesystem: { rootdirectory: '/registry' }, delete: { enabled: true } },
    http: { addr: ':5000' },
  });
  const shell = ['--entrypoint', '/bin/sh', '-e', `CONFIG=${config}`, await platformImage('registry')];
  const serve = 'printf %s "$CONFIG" >/tmp/config.yml && exec docker-registry serve /tmp/config.yml';
  await docker('run', '-d', '--name', REGISTRY, '-p', '127.0.0.1::5000', ...shell, '-c', serve);
  registry = (await docker('port', REGISTRY, '5000')).stdout.split('\n')[0]!.trim();
  builder = `${registry}/tools/builder:v1`;
  await importImage(builder, { files: BUILDER_SCRIPTS, changes: BUILDER_LABELS });
  await eventually(async () => (await docker('push', '-q', builder)).code === 0, { timeout: 30_000 });
  rig = await kubeletRig();
});

after(async () => {
  await rig?.[Symbol.asyncDispose]();
  await docker('rm', '-fv', REGISTRY);
  const { stdout } = await docker('images', '--format', '{{.Repository}}:{{.Tag}}');
  const names = stdout.split('\n').filter((name) => name.startsWith(registry));
  if (names.length > 0) await docker('rmi', '-f', ...names);
});

/** A pod as the build controller makes it. */
function buildPod(build: Build, volumes: { name: string; secretName: string; mountPath: string }[] = []): object {
  const { source = {}, strategy, resources } = build.spec;
  const shared = { name: 'work', mountPath: WORK_DIR };
  const container = (name: string, more: object = {}): object => ({
    name,
    image: BUILDER_IMAGE,
    command: [COMMANDS[name]!],
    env: [{ name: 'BUILD', value: JSON.stringify(build) }],
    volumeMounts: [shared, ...(name === GIT_CLONE ? [] : volumes.map(({ name, mountPath }) => ({ name, mountPath })))],
    terminationMessagePath: TERMINATION_LOG,
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    ...more,
  });
  const fetches = source.git !== undefined || source.binary !== undefined;
  return {
    restartPolicy: 'Never',
    securityContext: { runAsUser: 1001, runAsGroup: 1001, fsGroup: 1001, runAsNonRoot: true },
    volumes: [{ name: 'work', emptyDir: {} }, ...volumes.map(({ name, secretName }) => ({ name, secret: { secretName } }))],
    ...(fetches
      ? { initContainers: [container(GIT_CLONE, source.binary === undefined ? {} : { stdin: true, stdinOnce: true })] }
      : {}),
    containers: [container(strategy.dockerStrategy === undefined ? STI_BUILD : DOCKER_BUILD, { resources: resources ?? {} })],
  };
}

const build = (name: string, spec: Build['spec']): Build => ({
  apiVersion: 'build.openshift.io/v1',
  kind: 'Build',
  metadata: { name, namespace: 'default' },
  spec: {
    output: {
      to: { kind: 'DockerImage', name: `${registry}/default/${name}:latest` },
      imageLabels: [{ name: OURS, value: rig.nodeName }],
    },
    ...spec,
  },
});

async function start(made: Build, volumes?: Parameters<typeof buildPod>[1]): Promise<string> {
  const name = `${made.metadata.name}-build`;
  await rig.create(name, buildPod(made, volumes), { labels: { [BUILD_LABEL]: made.metadata.name } });
  return name;
}

interface Outcome {
  readonly words: BuildTermination;
  readonly log: string;
}

async function finished(pod: string, container: string): Promise<Outcome> {
  const status = await rig.status(pod, ({ phase }) => phase === 'Succeeded' || phase === 'Failed', 120_000);
  const last = status.containerStatuses?.find(({ name }) => name === container)?.state?.terminated;
  assert.ok(last, `${pod} has not come to its build: ${JSON.stringify(status.initContainerStatuses)}`);
  return { words: JSON.parse(last.message ?? '{}') as BuildTermination, log: await rig.logs(pod, container) };
}

async function run(made: Build, volumes?: Parameters<typeof buildPod>[1]): Promise<Outcome> {
  const container = made.spec.strategy.dockerStrategy === undefined ? STI_BUILD : DOCKER_BUILD;
  const outcome = await finished(await start(made, volumes), container);
  await eventually(async () => (await leftovers()) === '', { what: 'nothing of the build is left on the machine' });
  return outcome;
}

/** Containers of this node's builds, and names of their images that are only for a push. Other platforms build on this machine too. */
async function leftovers(): Promise<string> {
  const name = `name=^/build\\.${rig.nodeName}\\.`;
  const { stdout: containers } = await docker('ps', '-a', '--filter', name, '--format', '{{.Names}}');
  const { stdout: images } = await docker('images', '--filter', `label=${OURS}=${rig.nodeName}`, '--format', '{{.Repository}}');
  return containers + images.split('\n').filter((name) => /^127[^/]*\/[0-9a-f]{40}$/.test(name)).join(); // prettier-ignore
}

async function runImage(name: string): Promise<string> {
  await docker('pull', '-q', `${registry}/default/${name}:latest`);
  const { stdout, stderr } = await docker('run', '--rm', '--network', 'none', `${registry}/default/${name}:latest`);
  return stdout + stderr;
}

const dockerfile = (text: string, more: object = {}): Pick<Build['spec'], 'source' | 'strategy'> => ({
  source: { dockerfile: text },
  strategy: { dockerStrategy: { ...more } },
});

test('a Dockerfile is built in the network of its pod, pushed, and nothing stays here', async () => {
  const text = `ARG BASE=none
FROM $BASE AS first
ARG LINES
RUN echo "$LINES" >/tmp/out && ip -4 -o addr show dev eth0 >/tmp/address; \\
  # a comment in between
  ls /var/run/docker.sock 2>>/tmp/address || true
FROM ${builder}
COPY --from=first /tmp/out /tmp/address /tmp/
CMD ["cat", "/tmp/out", "/tmp/address"]
`;
  const args = [{ name: 'BASE', value: builder }, { name: 'LINES', value: 'two\nlines' }]; // prettier-ignore
  const { words, log } = await run(
    build('dockerfile', dockerfile(text, { buildArgs: args, env: [{ name: 'A', value: '"$x\\' }] })),
  );
  assert.equal(words.reason, undefined, words.message + log);
  assert.match(words.imageDigest!, /^sha256:[0-9a-f]{64}$/);
  assert.equal(words.outputReference, `${registry}/default/dockerfile:latest`);
  assert.deepEqual(words.stages?.map(({ name }) => name), ['FetchInputs', 'Build', 'PostCommit', 'PushImage']); // prettier-ignore
  assert.match(log, /^Pushing image 127.*\n(?:Pushed .*\n)*Push successful$/m);
  const out = await runImage('dockerfile');
  const pod = await rig.pod('dockerfile-build');
  assert.match(out, /^two\nlines\n/);
  assert.ok(out.includes(`inet ${(pod.status as { podIP?: string }).podIP}/`), out);
  assert.match(out, /docker.sock: No such file/);
  const { stdout } = await docker('image', 'inspect', '-f', '{{json .Config}}', words.outputReference!);
  const config = JSON.parse(stdout) as { Env: string[]; Labels: Record<string, string> };
  assert.ok(config.Env.includes('A="$x\\'), stdout);
  assert.equal(config.Labels['io.openshift.build.name'], 'dockerfile');
});

for (const [what, text, expected] of [
  ['ADD of a URL', 'ADD http://127.0.0.1:2375/ /x', /ADD of a URL/],
  ['ADD of a hidden URL', 'ADD "ht"tp:\\/\\/127.0.0.1/ /x', /ADD of a URL/],
  ['ADD with a variable', 'ARG U=http://127.0.0.1/\nADD $U /x', /ADD with a variable/],
  ['a trigger', 'ONBUILD ADD http://127.0.0.1/ /x', /ADD of a URL/],
  ['a mount', 'RUN --mount=type=bind,source=/,target=/x true', /need BuildKit/],
  ['the node’s label', 'LABEL a=b io.openshift."node"=x', /label "io.openshift.node" is the node's/],
  [
    'an image that was never pulled here',
    'COPY --from=oo-test/web-a:latest /bin/sh /x',
    /failed to pull image oo-test\/web-a:latest/,
  ],
  ['no instruction', 'EXECUTE x', /unknown instruction: EXECUTE/],
  ['a failing step', 'RUN exit 7', /returned a non-zero code: 7/],
] as [string, string, RegExp][])
  test(`refused in a Dockerfile: ${what}`, async () => {
    const name = `refused-${expected.source.length}-${text.length}`;
    const { words } = await run(build(name, dockerfile(`FROM ${builder}\n${text}\n`)));
    assert.match(words.message ?? '', expected);
    assert.match(words.logTail ?? '', expected);
    assert.match(words.reason!, /^(?:ManageDockerfileFailed|DockerBuildFailed|PullBuilderImageFailed)$/);
  });

test('a source that is uploaded is assembled, tried and pushed; the next one takes over its artifacts', async () => {
  const strategy = {
    sourceStrategy: { from: { kind: 'DockerImage', name: builder }, incremental: true, env: [{ name: 'GREETING', value: 'hi' }] },
  };
  const source = { binary: {}, secrets: [{ secret: { name: 'inside' }, destinationDir: 'private' }] };
  await rig.client.create({ group: '', version: 'v1', resource: 'secrets', namespace: 'default' }, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'inside', namespace: 'default' },
    data: { token: Buffer.from('very secret').toString('base64') },
  } as KubeObject);
  const volumes = [{ name: 'inside', secretName: 'inside', mountPath: MOUNTS.secret('inside') }];
  const spec = { source, strategy, postCommit: { script: 'test "$(cat /tmp/app/index.txt)" = uploaded && echo hook ran' } };
  const upload = async (name: string, hook: string): Promise<Outcome> => {
    const made = { ...build('uploaded', spec), metadata: { name, namespace: 'default' } };
    const pod = await start(made, volumes);
    await send(pod, { 'index.txt': 'uploaded\n', hook });
    return finished(pod, STI_BUILD);
  };
  const first = await upload('uploaded', 'cat /tmp/src/private/token; cp /tmp/src/index.txt /tmp/kept\n');
  assert.equal(first.words.reason, undefined, first.words.message + first.log);
  assert.match(first.log, /very secret/);
  assert.match(first.log, /^hook ran$/m);
  assert.match(await runImage('uploaded'), /^uploaded\nGREETING=hi user=1001/);
  const image = `${registry}/default/uploaded:latest`;
  const { stdout } = await docker('run', '--rm', image, 'sh', '-c', 'wc -c </tmp/src/private/token');
  assert.equal(stdout.trim(), '0');
  assert.ok(!(await docker('history', '--no-trunc', image)).stdout.includes('very secret'));
  const second = await upload('uploaded-2', 'true\n');
  assert.match(second.log, /^artifacts: built \d+$/m);
});

/** Streams a tar into the container that waits for it. */
async function send(pod: string, files: Readonly<Record<string, string>>): Promise<void> {
  await rig.status(pod, ({ initContainerStatuses: [first] = [] }) => first?.state?.running !== undefined, 60_000);
  const id = rig.kubelet.pods.find('default', pod)!.containers.get(GIT_CLONE)!.id;
  const script = Object.entries(files).map(([name, text]) => `printf '%s' ${quoted(text)} >${name}`); // prettier-ignore
  const tar = await runCommand([
    'sh',
    '-c',
    `set -e; d=$(mktemp -d); cd $d; ${script.join('; ')}; tar -czf - * | base64 -w0; rm -r $d`,
  ]);
  const session = await rig.runtime.attach(id!, { stdin: true, stdout: false, stderr: false, tty: false });
  session.stdin!.end(Buffer.from(tar.stdout, 'base64'));
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Names of the cgroups that this node has made for builds and not taken away. */
async function cgroups(): Promise<string[]> {
  const noted = await readdir(join(rig.dataDir, 'builds'));
  return noted.flatMap((name) => (name.endsWith('.cgroup') ? [name.slice(0, -'.cgroup'.length)] : []));
}

test('a pod that is deleted in the middle, or whose node is killed, leaves nothing; the build goes on on the next one', async () => {
  const slow = (name: string, seconds: number): Build =>
    build(name, dockerfile(`FROM ${builder}\nRUN echo stepping && sleep ${seconds}\nCMD ["echo", "slow"]\n`));
  const stepping = (pod: string): Promise<unknown> =>
    eventually(async () => (await rig.logs(pod, DOCKER_BUILD)).includes('\nstepping\n'), { timeout: 60_000 });
  const deleted = await start(slow('deleted', 120));
  await stepping(deleted);
  const [cgroup] = await cgroups();
  const { stdout: folders } = await runCommand(['find', '/sys/fs/cgroup', '-maxdepth', '2', '-name', cgroup!], { anyCode: true });
  const bounds = folders.split('\n').map((folder) => join(folder, 'pids.max')).filter(existsSync); // prettier-ignore
  assert.deepEqual(bounds.map((file) => readFileSync(file, 'utf8')), ['4096\n']); // prettier-ignore
  assert.match(readFileSync(bounds[0]!.replace(/max$/, 'current'), 'utf8'), /^[1-9]/, 'the step is in it');
  await rig.client.delete({ group: '', version: 'v1', resource: 'pods', namespace: 'default', name: deleted }, {});
  await rig.gone(deleted);
  assert.equal(await leftovers(), '');
  assert.deepEqual(await cgroups(), []);

  const restarted = await start(slow('restarted', 5));
  await stepping(restarted);
  await rig.stop();
  await rig.start();
  const { words, log } = await finished(restarted, DOCKER_BUILD);
  assert.equal(words.reason, undefined, words.message + log);
  assert.match(log, /The node does not answer; waiting for it/);
  assert.equal(await runImage('restarted'), 'slow\n');
  assert.deepEqual(await cgroups(), []);
});
