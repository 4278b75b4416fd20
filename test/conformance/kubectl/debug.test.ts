import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { before, test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { WEB_A, WEB_B } from '../../support/images.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { scriptPod, webPod } from '../../support/manifests.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace, nodeName } = await useNamespace('debug');
const IMAGE = [`--image=${WEB_B}`, '--image-pull-policy=IfNotPresent'];

before(async () => {
  await kubectl.create(webPod('web', { spec: { terminationGracePeriodSeconds: 1 } }));
  await kubectl(['wait', '--for=condition=Ready', 'pod/web', IN_TIME]);
});

test('debug -it POD --target sees the processes of the target from a shell of another image', async () => {
  await using shell = kubectl.start(['debug', '-it', 'web', ...IMAGE, '--target=web', '--container=tools', '--', 'sh'], {
    terminal: true,
  });
  await shell.until(/[#$] /, 30_000);
  shell.stdin.write('cat /name; ps\n');
  await shell.until(/web-b/);
  await shell.until(/httpd -f -v -p 8080/);
  // The same network, and by way of /proc the same files.
  shell.stdin.write('wget -qO- http://127.0.0.1:8080/; cat /proc/1/root/name\n');
  await shell.until(/web-a web none\s+web-a/);
  shell.stdin.write('exit 4\n');
  assert.equal(await shell.ended(), 0);
});

test('what was put into the pod is told: status, events, describe, logs', async () => {
  const ended = async (): Promise<void> => {
    const { status } = await kubectl.json('get', 'pod', 'web');
    const [tools] = status.ephemeralContainerStatuses as { name: string; state: { terminated?: { exitCode: number } } }[];
    assert.deepEqual([tools!.name, tools!.state.terminated?.exitCode], ['tools', 4]);
    assert.deepEqual([status.phase, status.containerStatuses[0].restartCount], ['Running', 0]);
  };
  await eventually(ended);
  assert.match(await kubectl.text('get', 'pod', 'web'), /^web +1\/1 +Running +0 /m);
  assert.match(
    await kubectl.text('describe', 'pod', 'web'),
    /^Ephemeral Containers:\n {2}tools:\n {4}Container ID: +docker:\/\/[^]*?State: +Terminated\n +Reason: +Error\n +Exit Code: +4\n/m,
  );
  await eventually(async () => assert.match(await kubectl.text('events', '--for', 'pod/web'), /Started container tools/));
  assert.match(await kubectl.text('logs', 'web', '-c', 'tools'), /web-b/);
  assert.match(
    await kubectl.text('get', 'events', '-o', 'jsonpath={.items[*].involvedObject.fieldPath}'),
    /spec\.ephemeralContainers\{tools\}/,
  );
});

test('exec and attach reach an ephemeral container that runs', async () => {
  await kubectl([
    'debug',
    'web',
    ...IMAGE,
    '--container=listener',
    '-i',
    '--attach=false',
    '--',
    'sh',
    '-c',
    'while read w; do echo heard $w; done',
  ]);
  await eventually(async () => assert.equal(await kubectl.text('exec', 'web', '-c', 'listener', '--', 'cat', '/name'), 'web-b'));
  await using attached = kubectl.start(['attach', '-i', 'web', '-c', 'listener']);
  attached.stdin.write('hello\n');
  await attached.until(/heard hello/);
});

test('without a target it has processes of its own; a target that is not there is refused', async () => {
  await kubectl(['debug', 'web', ...IMAGE, '--container=alone', '--', 'sh', '-c', 'ps; true']);
  await eventually(async () => {
    const processes = await kubectl.text('logs', 'web', '-c', 'alone');
    assert.match(processes, /\bps\b/);
    assert.doesNotMatch(processes, /httpd/);
  });
  assert.match(
    await kubectl.failure(['debug', 'web', ...IMAGE, '--target=nope', '--', 'true']),
    /spec\.ephemeralContainers\[\d\]\.targetContainerName: Not found: "nope"/,
  );
});

test('an ephemeral container may look why a pod does not come up, and an image that is not there is told', async () => {
  await kubectl.create(
    webPod('stuck', {
      spec: {
        terminationGracePeriodSeconds: 1,
        initContainers: [
          { name: 'hang', image: WEB_A, imagePullPolicy: 'IfNotPresent', command: ['sh', '-c', 'sleep 999 & wait'] },
        ],
      },
    }),
  );
  await kubectl(['wait', '--for=jsonpath={.status.initContainerStatuses[0].state.running}', 'pod/stuck', IN_TIME]);
  await kubectl(['debug', 'stuck', ...IMAGE, '--container=look', '--', 'sh', '-c', 'echo looking']);
  await eventually(async () => assert.equal(await kubectl.text('logs', 'stuck', '-c', 'look'), 'looking'));
  await kubectl(['debug', 'stuck', '--image=oo-test/none:1', '--image-pull-policy=Never', '--container=none', '--', 'true']);
  const reason = 'jsonpath={.status.ephemeralContainerStatuses[?(@.name=="none")].state.waiting.reason}';
  await eventually(async () => assert.equal(await kubectl.text('get', 'pod', 'stuck', '-o', reason), 'ErrImageNeverPull'));
  assert.match(await kubectl.text('get', 'pod', 'stuck'), /^stuck +0\/1 +Init:0\/1 /m);
  await kubectl(['delete', 'pod', 'stuck', IN_TIME]);
});

test('debug --copy-to makes a pod with another command and image whose containers see each other', async () => {
  await kubectl([
    'debug',
    'web',
    '--copy-to=web-copy',
    '--container=web',
    `--set-image=web=${WEB_B}`,
    '--share-processes',
    '--',
    'sh',
    '-c',
    'sleep 77 & wait',
  ]);
  await kubectl([
    'debug',
    'web',
    '--copy-to=web-both',
    '--share-processes',
    '--container=tools',
    ...IMAGE,
    '--',
    'sh',
    '-c',
    'sleep 78 & wait',
  ]);
  await kubectl(['wait', '--for=jsonpath={.status.phase}=Running', 'pod/web-copy', 'pod/web-both', IN_TIME]);
  assert.equal(await kubectl.text('exec', 'web-copy', '--', 'cat', '/name'), 'web-b');
  await eventually(async () => {
    const processes = await kubectl.text('exec', 'web-both', '-c', 'tools', '--', 'ps');
    assert.match(processes, /httpd -f[^]*sleep 78|sleep 78[^]*httpd -f/);
    // The sandbox's own process is the first of all.
    assert.match(processes, /^ +1 /m);
  });
  assert.equal(await kubectl.text('get', 'pod', 'web-copy', '-o', 'jsonpath={.metadata.labels}'), '');
  await kubectl(['delete', 'pod', 'web-copy', 'web-both', '--grace-period=1', IN_TIME]);
});

test('debug node: the host’s files, processes and network, for who may', async () => {
  await using shell = kubectl.start(['debug', '-it', `node/${nodeName}`, ...IMAGE, '--', 'sh'], { terminal: true });
  await shell.until(/[#$] /, 30_000);
  shell.stdin.write('hostname; ls -d /host/etc/passwd; ps | wc -l; echo do""ne\n');
  await shell.until(new RegExp(`${hostname()}[^]*/host/etc/passwd[^]*done`));
  const [, count] = await shell.until(/passwd\s+(\d+)\s+done/);
  assert.ok(Number(count) > 10, `only ${count} processes are seen`);
  shell.stdin.write('exit\n');
  await shell.ended();
  const [pod] = (await kubectl.text('get', 'pods', '-o', 'name')).split('\n').filter((name) => name.includes('node-debugger'));
  const { spec } = await kubectl.json('get', pod!);
  assert.deepEqual([spec.hostPID, spec.hostNetwork, spec.hostIPC, spec.nodeName], [true, true, true, nodeName]);
  await kubectl(['wait', '--for=jsonpath={.status.phase}=Succeeded', pod!, IN_TIME]);
});

test('a namespace that is held to a level of security lets no debugger of the node in, and no ephemeral container beyond it', async () => {
  const held = `${namespace}-held`;
  await kubectl(['create', 'namespace', held]);
  try {
    await eventually(() => kubectl(['get', 'serviceaccount', 'default', '-n', held]));
    await kubectl.create(webPod('web', { spec: { terminationGracePeriodSeconds: 1 } }), '-n', held);
    await kubectl(['label', 'namespace', held, 'pod-security.kubernetes.io/enforce=baseline']);
    assert.match(
      await kubectl.failure(['debug', '-n', held, `node/${nodeName}`, ...IMAGE, '--', 'true']),
      /is forbidden: violates PodSecurity "baseline:latest": host namespaces \(hostNetwork=true, hostPID=true, hostIPC=true\), hostPath volumes/,
    );
    assert.match(
      await kubectl.failure(['debug', '-n', held, 'web', ...IMAGE, '--profile=sysadmin', '--', 'true']),
      /violates PodSecurity "baseline:latest": privileged/,
    );
    await kubectl(['debug', '-n', held, 'web', ...IMAGE, '--profile=baseline', '--', 'true']);
  } finally {
    await kubectl(['delete', 'namespace', held, '--wait=false']);
  }
});

test('a process namespace that is shared: the sandbox reaps, and every container sees the others', async () => {
  const pod = scriptPod('shared', 'sleep 55 & wait', { spec: { shareProcessNamespace: true } });
  (pod['spec'] as { containers: object[] }).containers.push({
    name: 'other',
    image: WEB_A,
    imagePullPolicy: 'IfNotPresent',
    // Its grandchild becomes an orphan, whom the first process must bury.
    command: ['sh', '-c', '(sleep 0.2 &) ; sleep 56 & wait'],
  });
  await kubectl.create(pod);
  await kubectl(['wait', '--for=condition=Ready', 'pod/shared', IN_TIME]);
  await eventually(async () => {
    const processes = await kubectl.text('exec', 'shared', '-c', 'web', '--', 'ps', '-o', 'pid,stat,args');
    assert.match(processes, /sleep 55/);
    assert.match(processes, /sleep 56/);
    assert.doesNotMatch(processes, / Z /);
  });
});
