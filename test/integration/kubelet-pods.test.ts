import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { type KubeletRig, kubeletRig, PODS } from '../support/kubelet-rig.ts';
import { WEB_A, WEB_B } from '../support/images.ts';

const CONFIGMAPS = { group: '', version: 'v1', resource: 'configmaps', namespace: 'default' } as const;
const SECRETS = { group: '', version: 'v1', resource: 'secrets', namespace: 'default' } as const;
const sh = (script: string) => ({ command: ['sh', '-c', script] });
const serve = { command: ['/serve'] };
const ready = (status: { conditions?: { type: string; status: string }[] }): boolean =>
  status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;

function get(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port }, () => socket.write('GET / HTTP/1.0\r\n\r\n'));
    socket.once('error', reject);
    resolve(text(socket));
  });
}

describe('kubelet on Docker', () => {
  let rig: KubeletRig;
  before(async () => {
    rig = await kubeletRig();
  });
  after(async () => {
    await rig[Symbol.asyncDispose]();
  });

  it('runs a pod that answers on its own address, and deletes it without a trace', async () => {
    await rig.create('web', { containers: [serve] });
    const status = await rig.status('web', (status) => status.phase === 'Running');
    assert.ok(ready(status));
    assert.equal(status.containerStatuses![0]!.restartCount, 0);
    assert.match(status.containerStatuses![0]!.containerID!, /^docker:\/\/[0-9a-f]{64}$/);
    await eventually(async () => assert.match(await get(status.podIP!, 8080), /web-a web/));
    await eventually(async () =>
      assert.deepEqual(await rig.events('web'), [
        `Pulled: Container image "${WEB_A}" already present on machine`,
        'Created: Created container: main',
        'Started: Started container main',
      ]),
    );
    await rig.client.delete({ ...PODS, name: 'web' });
    await rig.gone('web');
    assert.deepEqual(await rig.containers(), []);
    assert.equal(rig.kubelet.pods.find('default', 'web')?.sandbox, undefined);
  });

  it('restarts what fails with CrashLoopBackOff and keeps the previous log', async () => {
    await rig.create('crash', { containers: [sh('echo run; exit 3')] });
    const status = await rig.status(
      'crash',
      (status) => status.containerStatuses?.[0]?.state.waiting?.reason === 'CrashLoopBackOff',
    );
    const [main] = status.containerStatuses!;
    assert.match(main!.state.waiting!.message!, /^back-off 10s restarting failed container=main pod=crash_default\(.+\)$/);
    assert.equal(main!.lastState.terminated!.exitCode, 3);
    assert.equal(main!.lastState.terminated!.reason, 'Error');
    assert.equal(main!.restartCount, 1);
    assert.equal(status.phase, 'Running');
    assert.equal(await rig.logs('crash', 'main', true), 'run\n');
    await rig.client.delete({ ...PODS, name: 'crash' });
    await rig.gone('crash');
  });

  it('ends pods as their restart policy says', async () => {
    await rig.create('done', {
      restartPolicy: 'Never',
      containers: [sh('echo -n "all well" > /dev/termination-log')].map((c) => ({
        ...c,
        terminationMessagePath: '/dev/termination-log',
      })),
    });
    await rig.create('failed', {
      restartPolicy: 'OnFailure',
      containers: [sh('[ -e /data/x ] && exit 0; touch /data/x; exit 1')].map((c) => ({
        ...c,
        volumeMounts: [{ name: 'd', mountPath: '/data' }],
      })),
      volumes: [{ name: 'd', emptyDir: {} }],
    });
    const done = await rig.status('done', (status) => status.phase === 'Succeeded');
    assert.equal(done.containerStatuses![0]!.state.terminated!.message, 'all well');
    assert.equal(done.containerStatuses![0]!.state.terminated!.reason, 'Completed');
    assert.equal(done.conditions!.find(({ type }) => type === 'Ready')!.reason, 'PodCompleted');
    const failed = await rig.status('failed', (status) => status.phase === 'Succeeded');
    assert.equal(failed.containerStatuses![0]!.restartCount, 1);
    await eventually(async () => {
      const all = await rig.runtime.list({ 'io.openshift.node': rig.nodeName });
      assert.deepEqual(
        all.filter(({ name, status }) => status === 'running' && /done|failed/.test(name)),
        [],
      );
    });
  });

  it('runs init containers one after the other, and sidecars beside', async () => {
    const volumeMounts = [{ name: 'd', mountPath: '/data' }];
    await rig.create('init', {
      volumes: [{ name: 'd', emptyDir: {} }],
      initContainers: [
        { name: 'one', ...sh('echo one >> /data/order'), volumeMounts },
        {
          name: 'side',
          restartPolicy: 'Always',
          ...sh('echo side >> /data/order; trap "exit 0" TERM; sleep 1000 & wait'),
          volumeMounts,
        },
        { name: 'two', ...sh('sleep 0.2; echo two >> /data/order'), volumeMounts },
      ],
      containers: [{ ...sh('cat /data/order; trap "exit 0" TERM; sleep 1000 & wait'), volumeMounts }],
    });
    const status = await rig.status('init', (status) => status.phase === 'Running' && ready(status));
    await eventually(async () => assert.equal(await rig.logs('init'), 'one\nside\ntwo\n'));
    assert.deepEqual(
      status.initContainerStatuses!.map(({ state }) => Object.keys(state)[0]),
      ['terminated', 'running', 'terminated'],
    );
    await rig.client.delete({ ...PODS, name: 'init' });
    await rig.gone('init');
  });

  it('fails the pod when an init container fails for good', async () => {
    await rig.create('noinit', {
      restartPolicy: 'Never',
      initContainers: [{ name: 'one', ...sh('exit 1') }],
      containers: [serve],
    });
    const status = await rig.status('noinit', (status) => status.phase === 'Failed');
    assert.equal(status.containerStatuses![0]!.state.waiting!.reason, 'PodInitializing');
  });

  it('says what is missing, and starts once it is there', async () => {
    await rig.create('conf', {
      containers: [
        {
          ...sh('env; trap "exit 0" TERM; sleep 1000 & wait'),
          env: [
            { name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'conf', key: 'color' } } },
            { name: 'GREETING', value: 'hello $(COLOR) $$(COLOR) $(NOPE)' },
            { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
            { name: 'MEM', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
          ],
          envFrom: [{ secretRef: { name: 'keys' }, prefix: 'K_' }],
          resources: { limits: { memory: '64Mi', cpu: '500m' } },
        },
      ],
    });
    const waits =
      (text: string) => (status: { containerStatuses?: { state: { waiting?: { reason?: string; message?: string } } }[] }) =>
        status.containerStatuses?.[0]?.state.waiting?.message === text;
    const missing = await rig.status('conf', waits('secret "keys" not found'));
    assert.equal(missing.containerStatuses![0]!.state.waiting!.reason, 'CreateContainerConfigError');
    await rig.client.create(SECRETS, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'keys' },
      data: { pw: btoa('s3cret') },
    });
    await rig.status('conf', waits('configmap "conf" not found'));
    await rig.client.create(CONFIGMAPS, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'conf' },
      data: { other: 'x' },
    });
    await rig.status('conf', waits("couldn't find key color in ConfigMap default/conf"));
    const ref = { ...CONFIGMAPS, name: 'conf' };
    await rig.client.patch(ref, 'application/merge-patch+json', { data: { color: 'blue' } });
    const status = await rig.status('conf', (status) => status.phase === 'Running');
    const env = await eventually(async () => {
      const log = await rig.logs('conf');
      return log.includes('K_pw') ? log : false;
    });
    for (const line of ['COLOR=blue', 'GREETING=hello blue $(COLOR) $(NOPE)', `IP=${status.podIP}`, 'MEM=64', 'K_pw=s3cret'])
      assert.ok((env as string).split('\n').includes(line), line);
    const state = (await rig.runtime.list({ 'io.kubernetes.pod.name': 'conf', 'io.kubernetes.container.name': 'main' }))[0]!;
    assert.equal(state.status, 'running');
    await rig.client.delete({ ...PODS, name: 'conf' });
    await rig.gone('conf');
  });

  it('mounts volumes of every kind', async () => {
    await rig.client.create(CONFIGMAPS, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'files' },
      data: { a: 'A', b: 'B' },
    });
    await rig.client.create(SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'creds' }, data: { key: btoa('K') } });
    await rig.create(
      'vols',
      {
        securityContext: { fsGroup: 2000, runAsUser: 1001 },
        volumes: [
          { name: 'cm', configMap: { name: 'files', items: [{ key: 'a', path: 'deep/a.txt', mode: 0o400 }] } },
          { name: 'whole', configMap: { name: 'files' } },
          { name: 'sec', secret: { secretName: 'creds', defaultMode: 0o440 } },
          { name: 'tmp', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
          { name: 'scratch', emptyDir: {} },
          { name: 'host', hostPath: { path: '/etc/hostname', type: 'File' } },
          { name: 'down', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
          {
            name: 'proj',
            projected: {
              sources: [
                { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
                { configMap: { name: 'files', items: [{ key: 'b', path: 'b' }] } },
                { downwardAPI: { items: [{ path: 'ns', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
              ],
            },
          },
        ],
        containers: [
          {
            ...sh('touch /scratch/file /sub/inner; id -G; trap "exit 0" TERM; sleep 1000 & wait'),
            volumeMounts: [
              ...['cm', 'whole', 'sec', 'tmp', 'scratch', 'host', 'down', 'proj'].map((name) => ({
                name,
                mountPath: `/${name}`,
              })),
              { name: 'scratch', mountPath: '/sub', subPath: 'made/here' },
              { name: 'whole', mountPath: '/single', subPath: 'a' },
            ],
          },
        ],
      },
      { labels: { app: 'x' } },
    );
    await rig.status('vols', (status) => status.phase === 'Running');
    const id = rig.kubelet.pods.find('default', 'vols')!.containers.get('main')!.id!;
    const run = async (script: string): Promise<string> => {
      const session = await rig.runtime.exec(id, { command: ['sh', '-c', script], stdin: false, tty: false });
      return (await text(session.stdout)) + (await text(session.stderr!));
    };
    assert.equal(await run('cat /cm/deep/a.txt /whole/b /single /sec/key /proj/b /proj/ns /down/labels'), 'ABAKBdefaultapp="x"');
    assert.match(await run('cat /proj/token'), /^token-vols-\d+$/);
    assert.match(await run('stat -c %a:%g /sec/..data/key /proj/..data/token'), /^440:2000\n(640|440|660):2000/);
    assert.match(await run('mount | grep " /tmp "'), /tmpfs.*size=1024k/);
    assert.match(await run('mount | grep " /sec "'), /^tmpfs/);
    assert.match(await run('echo x > /whole/a'), /Read-only file system/);
    assert.equal(await run('ls /scratch/made/here; stat -c %g /scratch/file'), 'inner\n2000\n');
    await rig.client.patch({ ...CONFIGMAPS, name: 'files' }, 'application/merge-patch+json', { data: { b: 'B2' } });
    await rig.client.delete({ ...PODS, name: 'vols' });
    await rig.gone('vols');
  });

  it('does not follow a symlink out of a volume for a subPath', async () => {
    await rig.create('escape', {
      restartPolicy: 'Never',
      volumes: [{ name: 'd', emptyDir: {} }],
      initContainers: [{ name: 'trap', ...sh('ln -s / /d/out'), volumeMounts: [{ name: 'd', mountPath: '/d' }] }],
      containers: [{ ...serve, volumeMounts: [{ name: 'd', mountPath: '/host', subPath: 'out/etc' }] }],
    });
    const status = await rig.status(
      'escape',
      (status) => status.containerStatuses?.[0]?.state.waiting?.reason === 'CreateContainerConfigError',
    );
    assert.equal(
      status.containerStatuses![0]!.state.waiting!.message,
      'failed to prepare subPath for volumeMount "d" of container "main"',
    );
    await rig.client.delete({ ...PODS, name: 'escape' });
    await rig.gone('escape');
  });

  it('reports an unusable volume', async () => {
    await rig.create('badvol', {
      volumes: [{ name: 'h', hostPath: { path: '/etc/hostname', type: 'Directory' } }],
      containers: [{ ...serve, volumeMounts: [{ name: 'h', mountPath: '/h' }] }],
    });
    await eventually(async () =>
      assert.ok(
        (await rig.events('badvol')).includes(
          'FailedMount: MountVolume.SetUp failed for volume "h" : hostPath type check failed: /etc/hostname is not a directory',
        ),
      ),
    );
    await rig.client.delete({ ...PODS, name: 'badvol' });
    await rig.gone('badvol');
  });

  it('reports images that cannot be had', async () => {
    await rig.create('nopull', { containers: [{ image: 'oo-test/not-there:1', imagePullPolicy: 'Never' }] });
    await rig.create('badname', { containers: [{ image: 'UPPER case', imagePullPolicy: 'Never' }] });
    await rig.create('unreachable', { containers: [{ image: '127.0.0.1:1/x/y:1', imagePullPolicy: 'Always' }] });
    const waiting = async (name: string, reason: string) =>
      (await rig.status(name, (status) => status.containerStatuses?.[0]?.state.waiting?.reason === reason)).containerStatuses![0]!
        .state.waiting!;
    assert.equal(
      (await waiting('nopull', 'ErrImageNeverPull')).message,
      'Container image "oo-test/not-there:1" is not present with pull policy of Never',
    );
    await waiting('badname', 'InvalidImageName');
    await waiting('unreachable', 'ErrImagePull');
    await waiting('unreachable', 'ImagePullBackOff');
    for (const name of ['nopull', 'badname', 'unreachable']) await rig.client.delete({ ...PODS, name });
    for (const name of ['nopull', 'badname', 'unreachable']) await rig.gone(name);
  });

  it('says why a command cannot be run', async () => {
    await rig.create('nocmd', { restartPolicy: 'Never', containers: [{ command: ['/nope'] }] });
    const status = await rig.status('nocmd', (status) => status.phase === 'Failed');
    const ended = status.containerStatuses![0]!.state.terminated!;
    assert.equal(ended.reason, 'ContainerCannotRun');
    assert.equal(ended.exitCode, 127);
    assert.match(ended.message!, /exec: "\/nope": stat \/nope: no such file or directory/);
  });

  it('refuses to run as root what must not', async () => {
    await rig.create('root', { securityContext: { runAsNonRoot: true }, containers: [serve] });
    const status = await rig.status(
      'root',
      (status) => status.containerStatuses?.[0]?.state.waiting?.reason === 'CreateContainerConfigError',
    );
    assert.match(
      status.containerStatuses![0]!.state.waiting!.message!,
      /^container has runAsNonRoot and image will run as root \(pod: "root_default\(.+\)", container: main\)$/,
    );
    await rig.client.delete({ ...PODS, name: 'root' });
    await rig.gone('root');
  });

  it('probes: unready at first, restarted when not alive', async () => {
    await rig.create('probed', {
      containers: [
        {
          ...sh('touch /tmp/alive; trap "exit 0" TERM; (sleep 0.6; touch /tmp/ready) & sleep 1000 & wait $!'),
          readinessProbe: { exec: { command: ['test', '-e', '/tmp/ready'] }, periodSeconds: 1 },
          livenessProbe: {
            exec: { command: ['test', '-e', '/tmp/alive'] },
            initialDelaySeconds: 1,
            periodSeconds: 1,
            timeoutSeconds: 5,
            failureThreshold: 1,
          },
        },
      ],
    });
    await rig.status('probed', (status) => status.phase === 'Running' && !ready(status));
    const status = await rig.status('probed', ready);
    const id = status.containerStatuses![0]!.containerID!.slice('docker://'.length);
    await (await rig.runtime.exec(id, { command: ['rm', '/tmp/alive'], stdin: false, tty: false })).wait();
    const restarted = await rig.status('probed', (status) => status.containerStatuses?.[0]?.restartCount === 1 && ready(status));
    assert.notEqual(restarted.containerStatuses![0]!.containerID, `docker://${id}`);
    const events = await rig.events('probed');
    assert.ok(events.includes('Killing: Container main failed liveness probe, will be restarted'), events.join('\n'));
    assert.ok(events.some((event) => event.startsWith('Unhealthy: Liveness probe failed:')));
    await rig.client.delete({ ...PODS, name: 'probed' });
    await rig.gone('probed');
  });

  it('probes over HTTP and TCP by the address and by port name', async () => {
    await rig.create('http', {
      containers: [
        {
          ...serve,
          ports: [{ name: 'web', containerPort: 8080 }],
          startupProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
          readinessProbe: { httpGet: { port: 'web', path: '/index.html' }, periodSeconds: 1 },
        },
        {
          ...sh('trap "exit 0" TERM; sleep 1000 & wait'),
          name: 'bad',
          readinessProbe: { httpGet: { port: 8080, path: '/nope' }, periodSeconds: 1 },
        },
      ],
    });
    const status = await rig.status('http', (status) => status.containerStatuses?.[0]?.ready === true);
    assert.equal(status.containerStatuses![1]!.ready, false);
    assert.equal(status.conditions!.find(({ type }) => type === 'Ready')!.message, 'containers with unready status: [bad]');
    await eventually(async () =>
      assert.ok((await rig.events('http')).includes('Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 404')),
    );
    await rig.client.delete({ ...PODS, name: 'http' });
    await rig.gone('http');
  });

  it('runs hooks, and lets a container end in its grace', async () => {
    const volumeMounts = [{ name: 'd', mountPath: '/d' }];
    await rig.create('hooks', {
      terminationGracePeriodSeconds: 10,
      volumes: [{ name: 'd', hostPath: { path: rig.dataDir } }],
      containers: [
        {
          ...sh('trap "echo term >> /d/hooks; exit 0" TERM; sleep 1000 & wait'),
          lifecycle: {
            postStart: { exec: { command: ['sh', '-c', 'echo post >> /d/hooks'] } },
            preStop: { exec: { command: ['sh', '-c', 'sleep 0.3; echo pre >> /d/hooks'] } },
          },
          volumeMounts,
        },
      ],
    });
    await rig.status('hooks', (status) => status.phase === 'Running');
    await rig.client.delete({ ...PODS, name: 'hooks' });
    await rig.gone('hooks');
    const { readFileSync } = await import('node:fs');
    assert.equal(readFileSync(`${rig.dataDir}/hooks`, 'utf8'), 'post\npre\nterm\n');
  });

  it('kills what does not end, and sooner when told a second time', async () => {
    const stubborn = sh('trap "" TERM; while true; do sleep 1; done');
    await rig.create('stubborn', { terminationGracePeriodSeconds: 1, containers: [stubborn] });
    await rig.create('patient', { terminationGracePeriodSeconds: 600, containers: [stubborn] });
    for (const name of ['stubborn', 'patient']) await rig.status(name, (status) => status.phase === 'Running');
    const began = Date.now();
    await rig.client.delete({ ...PODS, name: 'stubborn' });
    await rig.client.delete({ ...PODS, name: 'patient' });
    await rig.gone('stubborn');
    assert.ok(Date.now() - began >= 1000);
    await rig.client.delete({ ...PODS, name: 'patient' }, { gracePeriodSeconds: 1 });
    await rig.gone('patient');
  });

  it('ends the containers of a pod that was deleted by force', async () => {
    await rig.create('forced', { containers: [sh('sleep 1000')] });
    await rig.status('forced', (status) => status.phase === 'Running');
    await rig.client.delete({ ...PODS, name: 'forced' }, { gracePeriodSeconds: 0 });
    await eventually(async () => {
      const left = (await rig.runtime.summaries({ 'io.openshift.node': rig.nodeName })).filter(({ name }) =>
        name.includes('_forced_'),
      );
      assert.equal(left.length, 0);
    });
  });

  it('shares the network with the host where asked, and opens host ports', async () => {
    const server = createServer((_, response) => response.end('host')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await rig.create('hostnet', {
      hostNetwork: true,
      containers: [sh(`wget -q -O - http://127.0.0.1:${port}/; cat /etc/hosts; trap "exit 0" TERM; sleep 1000 & wait`)],
    });
    await rig.create('ported', { containers: [{ ...serve, ports: [{ containerPort: 8080, hostPort: 28_080 }] }] });
    const status = await rig.status('hostnet', (status) => status.phase === 'Running');
    assert.equal(status.podIP, '192.0.2.2');
    await eventually(async () =>
      assert.match(await rig.logs('hostnet'), /^host# Kubernetes-managed hosts file \(host network\)\./),
    );
    server.close();
    await rig.status('ported', (status) => status.phase === 'Running');
    await eventually(async () => assert.match(await get('127.0.0.1', 28_080), /web-a ported/));
    for (const name of ['hostnet', 'ported']) await rig.client.delete({ ...PODS, name });
    for (const name of ['hostnet', 'ported']) await rig.gone(name);
    await assert.rejects(get('127.0.0.1', 28_080));
  });

  it('writes hosts and resolv.conf', async () => {
    await rig.create('names', {
      hostname: 'box',
      subdomain: 'sub',
      hostAliases: [{ ip: '192.0.2.9', hostnames: ['alias.example', 'other'] }],
      dnsConfig: { options: [{ name: 'ndots', value: '2' }], searches: ['extra.example'] },
      containers: [sh('hostname; cat /etc/hosts; cat /etc/resolv.conf; trap "exit 0" TERM; sleep 1000 & wait')],
    });
    const { podIP } = await rig.status('names', (status) => status.phase === 'Running');
    const log = (await eventually(async () => {
      const log = await rig.logs('names');
      return log.includes('options') ? log : false;
    })) as string;
    assert.match(log, /^box\n# Kubernetes-managed hosts file\.\n127\.0\.0\.1\tlocalhost\n/);
    assert.ok(log.includes(`${podIP}\tbox.sub.default.svc.cluster.local\tbox\n`));
    assert.ok(log.includes('\n# Entries added by HostAliases.\n192.0.2.9\talias.example\tother\n'));
    assert.match(
      log,
      /search default\.svc\.cluster\.local svc\.cluster\.local cluster\.local .*extra\.example\nnameserver 172\.30\.0\.10\noptions ndots:2\n/,
    );
    await rig.client.delete({ ...PODS, name: 'names' });
    await rig.gone('names');
  });

  it('replaces a container whose image is changed', async () => {
    await rig.create('upgraded', { containers: [serve] });
    await rig.status('upgraded', (status) => status.phase === 'Running');
    const pod = structuredClone(await rig.pod('upgraded'));
    pod['spec'].containers[0].image = WEB_B;
    delete pod.metadata.resourceVersion;
    await rig.client.update({ ...PODS, name: 'upgraded' }, pod);
    const status = await rig.status('upgraded', (status) => status.containerStatuses?.[0]?.image === WEB_B && ready(status));
    assert.equal(status.containerStatuses![0]!.restartCount, 1);
    await eventually(async () => assert.match(await get(status.podIP!, 8080), /web-b upgraded/));
    assert.ok((await rig.events('upgraded')).includes('Killing: Container main definition changed, will be restarted'));
  });

  it('reports a container that used too much memory', async () => {
    await rig.create('hog', {
      restartPolicy: 'Never',
      containers: [{ ...sh('x=$(yes | head -c 100000000); sleep 1'), resources: { limits: { memory: '16Mi' } } }],
    });
    const status = await rig.status('hog', (status) => status.phase === 'Failed');
    assert.equal(status.containerStatuses![0]!.state.terminated!.reason, 'OOMKilled');
  });

  it('ends a pod that has outlived its deadline', async () => {
    await rig.create('late', { activeDeadlineSeconds: 1, containers: [sh('trap "exit 0" TERM; sleep 1000 & wait')] });
    const status = await rig.status('late', (status) => status.phase === 'Failed');
    assert.equal(status.reason, 'DeadlineExceeded');
    assert.equal(status.message, 'Pod was active on the node longer than the specified deadline');
  });
});
