import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { silentLog } from '../../../../../lib/common/log.ts';
import type { KubeObject } from '../../../../../lib/platform/api/meta.ts';
import { newConflict } from '../../../../../lib/platform/api/status-error.ts';
import type { Client } from '../../../../../lib/platform/client/client.ts';
import { inProcessClient } from '../../../../../lib/platform/client/in-process-client.ts';
import type { ContainerConfig, SandboxConfig } from '../../../../../lib/platform/runtime/container-runtime.ts';
import { PodAllocations } from '../../../../../lib/platform/node/kubelet/allocation/pod-allocations.ts';
import { AllowedSysctls } from '../../../../../lib/platform/node/kubelet/allowed-sysctls.ts';
import { ApiConfigSource } from '../../../../../lib/platform/node/kubelet/api-config-source.ts';
import { KeyedBackoff } from '../../../../../lib/platform/node/kubelet/container-backoff.ts';
import { containerLabels, engineName, sandboxLabels } from '../../../../../lib/platform/node/kubelet/container-labels.ts';
import { ImagePuller } from '../../../../../lib/platform/node/kubelet/images/image-puller.ts';
import type { KubeletContext } from '../../../../../lib/platform/node/kubelet/kubelet-context.ts';
import { PodDirs } from '../../../../../lib/platform/node/kubelet/pod-dirs.ts';
import type { Pod } from '../../../../../lib/platform/node/kubelet/types/pod-types.ts';
import type { PodStatus } from '../../../../../lib/platform/node/kubelet/types/pod-status-types.ts';
import { PodWorker } from '../../../../../lib/platform/node/kubelet/pod-worker.ts';
import { Semaphore } from '../../../../../lib/platform/node/kubelet/semaphore.ts';
import { StatusWriter } from '../../../../../lib/platform/node/kubelet/status/status-writer.ts';
import { ClaimedVolumes } from '../../../../../lib/platform/node/kubelet/volumes/claimed-volumes.ts';
import { VolumeFolders } from '../../../../../lib/platform/node/volumes/volume-folders.ts';
import { TokenSource } from '../../../../../lib/platform/node/kubelet/volumes/token-source.ts';
import { RuntimeError } from '../../../../../lib/platform/runtime/runtime-error.ts';
import { eventually } from '../../../../support/eventually.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';
import { FakeRuntime } from '../../../../support/fake-runtime.ts';
import { FakeVerbs } from '../../../../support/fake-verbs.ts';

const PODS = { group: '', version: 'v1', resource: 'pods', namespace: 'ns' } as const;
const CONFIGMAPS = { group: '', version: 'v1', resource: 'configmaps', namespace: 'ns' } as const;

describe('PodWorker', () => {
  let clock: FakeClock;
  let runtime: FakeRuntime;
  let verbs: FakeVerbs;
  let client: Client;
  let dataDir: string;
  let dirs: PodDirs;
  let events: string[];
  let attached: Map<string, string>;
  let context: KubeletContext;
  let ending: AbortController;
  let tokens: number;

  beforeEach(() => {
    clock = new FakeClock();
    runtime = new FakeRuntime(clock);
    runtime.addImage('web:1');
    verbs = new FakeVerbs(clock);
    tokens = 0;
    const plain = inProcessClient(verbs, 'system:node:n');
    client = {
      ...plain,
      create: (ref, object, options) =>
        ref.subresource === 'token'
          ? Promise.resolve({
              ...object,
              status: { token: `t${++tokens}`, expirationTimestamp: new Date(clock.now() + 1_000_000).toISOString() },
            } as never)
          : plain.create(ref, object, options),
    };
    dataDir = mkdtempSync(join(tmpdir(), 'oo-worker-'));
    dirs = new PodDirs(dataDir);
    events = [];
    attached = new Map();
    ending = new AbortController();
    const source = new ApiConfigSource(client);
    context = {
      nodeName: 'n',
      hostIPs: ['192.0.2.1'],
      capacity: { cpu: 2, memory: 2 ** 32, ephemeralStorage: 2 ** 32 },
      allocations: new PodAllocations({ cpu: 2000, memory: 2 ** 32 }),
      sysctls: new AllowedSysctls(['kernel.msg*']),
      sandboxImage: 'pause',
      clusterDomain: 'cluster.local',
      dns: () =>
        Promise.resolve({
          address: '172.30.0.10',
          domain: 'cluster.local',
          host: { nameservers: [], searches: [], options: [] },
        }),
      client,
      runtime,
      network: {
        add: ({ containerId }) => {
          attached.set(containerId, `10.0.0.${attached.size + 2}`);
          return Promise.resolve({ ip: attached.get(containerId)! });
        },
        del: ({ containerId }) => Promise.resolve(void attached.delete(containerId)),
        address: (containerId) => Promise.resolve(attached.get(containerId)),
        check: () => Promise.resolve(),
        releaseLeaked: () => Promise.resolve([]),
      },
      dirs,
      seccompDir: dataDir,
      source,
      tokens: new TokenSource(client, clock),
      claims: new ClaimedVolumes(client, 'n'),
      folders: new VolumeFolders(join(dataDir, 'volumes')),
      services: () => [],
      puller: new ImagePuller({ runtime, source, clock }),
      statuses: new StatusWriter(client, clock, silentLog),
      recorder: { event: (_, type, reason, message) => void events.push(`${type} ${reason} ${message}`) },
      crashes: new KeyedBackoff(),
      starts: new Semaphore(2),
      clock,
      log: silentLog,
    };
  });
  afterEach(() => {
    ending.abort();
    rmSync(dataDir, { recursive: true });
  });

  const read = (): Promise<Pod> => client.get<Pod>({ ...PODS, name: 'p' });
  /** `before`: what happened before the kubelet came. */
  async function begin(
    spec: object = {},
    before: (pod: Pod) => Promise<void> = () => Promise.resolve(),
  ): Promise<{ worker: PodWorker; run: Promise<void>; uid: string }> {
    const pod = await client.create<Pod>(PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'ns' },
      spec: { nodeName: 'n', containers: [{ name: 'web', image: 'web:1', imagePullPolicy: 'IfNotPresent' }], ...spec },
    });
    await before(pod);
    const worker = new PodWorker(context, pod, ending.signal);
    return { worker, run: worker.run(), uid: pod.metadata.uid };
  }
  const status = (is: (status: PodStatus) => boolean): Promise<PodStatus | false> =>
    eventually(async () => {
      const { status } = await read();
      return status !== undefined && is(status) && status;
    });

  it('starts a pod in the order that its parts need, and reports it', async () => {
    const { uid } = await begin();
    await status(({ phase }) => phase === 'Running');
    const name = (container: string) => `k8s_${container}_p_ns_${uid}_0`;
    assert.deepEqual(runtime.calls, [
      `create-sandbox ${name('POD')}`,
      `start-sandbox ${name('POD')}`,
      `create ${name('web')}`,
      `start ${name('web')}`,
    ]);
    assert.deepEqual(events, [
      'Normal Pulled Container image "web:1" already present on machine',
      'Normal Created Created container: web',
      'Normal Started Started container web',
    ]);
  });

  it('says nothing bad of a pod while the engine is away, and goes on when it is back', async () => {
    runtime.reject = () => new RuntimeError('unavailable', 'Cannot connect to the Docker daemon');
    await begin();
    await eventually(() => clock.sleeping > 0);
    runtime.reject = () => undefined;
    await clock.advance(1000);
    await status(({ phase }) => phase === 'Running');
    assert.ok(
      events.every((event) => event.startsWith('Normal')),
      events.join(),
    );
  });

  describe('a resize', () => {
    const sized = (cpu: string, memory: string, resizePolicy: object[] = []): object => ({
      containers: [
        {
          name: 'web',
          image: 'web:1',
          imagePullPolicy: 'IfNotPresent',
          resources: { requests: { cpu, memory }, limits: { memory } },
          resizePolicy,
        },
      ],
    });
    const resize = async (worker: PodWorker, spec: object): Promise<void> => {
      const pod = await read();
      worker.update(await client.update<Pod>({ ...PODS, name: 'p' }, { ...pod, spec: { ...pod.spec, ...spec } }));
    };
    const conditions = ({ conditions = [] }: PodStatus): string[] =>
      conditions
        .filter(({ type }) => type.startsWith('PodResize'))
        .map((one) => `${one.type} ${one.reason ?? ''}: ${one.message ?? ''}`);
    const isAllocated = (cpu: string) => (status: PodStatus) =>
      status.containerStatuses?.[0]?.allocatedResources?.['cpu'] === cpu && conditions(status).length === 0;

    it('changes the limits of the container as it runs, and says when it began and was done', async () => {
      const { worker, uid } = await begin(sized('500m', '64Mi'));
      await status(({ phase }) => phase === 'Running');
      await resize(worker, sized('1', '128Mi'));
      const { containerStatuses } = (await status(isAllocated('1'))) as PodStatus;
      assert.deepEqual(containerStatuses![0]!.resources, {
        requests: { cpu: '1', memory: '128Mi' },
        limits: { memory: '128Mi' },
      });
      assert.equal(containerStatuses![0]!.restartCount, 0);
      assert.deepEqual(runtime.calls.slice(4), [`update k8s_web_p_ns_${uid}_0 {"cpuShares":1024,"memoryBytes":134217728}`]);
      assert.deepEqual(
        events.slice(3).map((event) => event.split(':')[0]),
        ['Normal ResizeStarted Pod resize started', 'Normal ResizeCompleted Pod resize completed'],
      );
      assert.match(
        events.at(-1)!,
        /\{"containers":\[\{"name":"web","resources":\{"requests":\{"cpu":"1","memory":"128Mi"\},"limits":\{"memory":"128Mi"\}\}\}\]/,
      );
    });

    it('starts the container anew where its policy says so for what has changed', async () => {
      const policy = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }];
      const { worker } = await begin(sized('500m', '64Mi', policy));
      await status(({ phase }) => phase === 'Running');
      await resize(worker, sized('1', '64Mi', policy));
      await status(isAllocated('1'));
      await resize(worker, sized('1', '128Mi', policy));
      await status(({ containerStatuses }) => containerStatuses![0]!.restartCount === 1);
      assert.ok(events.includes('Normal Killing Container web resize requires restart'), events.join('\n'));
      assert.equal(runtime.calls.filter((call) => call.startsWith('update')).length, 1);
    });

    it('waits for room: what never fits is infeasible, what may fit later comes when others leave', async () => {
      const { worker } = await begin(sized('500m', '64Mi'));
      await status(({ phase }) => phase === 'Running');
      context.allocations.add({ ...worker.pod, metadata: { ...worker.pod.metadata, uid: 'other' } });
      await resize(worker, sized('3', '64Mi'));
      const infeasible = (await status((of) => conditions(of).length > 0)) as PodStatus;
      assert.deepEqual(conditions(infeasible), [
        "PodResizePending Infeasible: Node didn't have enough capacity: cpu, requested: 3000, capacity: 2000",
      ]);
      assert.equal(infeasible.containerStatuses![0]!.allocatedResources!['cpu'], '500m');
      await resize(worker, sized('1800m', '64Mi'));
      await status((of) => conditions(of)[0]?.includes('Deferred') === true);
      assert.match(
        events.at(-1)!,
        /Warning ResizeDeferred .*"error":"Node didn't have enough resource: cpu, requested: 1800, used: 500, capacity: 2000"/,
      );
      context.allocations.forget('other');
      await status(isAllocated('1800m'));
    });

    it('takes no memory away that is used, says so, and tries again', async () => {
      const { worker } = await begin(sized('500m', '64Mi'));
      await status(({ phase }) => phase === 'Running');
      runtime.memoryUsed = 50 * 2 ** 20;
      await resize(worker, sized('500m', '32Mi'));
      const stuck = (await status((of) => conditions(of)[0]?.includes('Error') === true)) as PodStatus;
      assert.deepEqual(conditions(stuck), [
        'PodResizeInProgress Error: cannot decrease memory limits: attempting to set container "web" memory limit (33554432) below current usage (52428800)',
      ]);
      assert.equal(stuck.containerStatuses![0]!.resources!.limits!['memory'], '67108864');
      runtime.memoryUsed = 2 ** 20;
      await clock.advance(15_000);
      await status(isAllocated('500m'));
      assert.ok(runtime.calls.some((call) => call.startsWith('update')));
    });

    it('is not tried for ever with an engine that does not do it', async () => {
      runtime.ignoreUpdates = true;
      const { worker } = await begin(sized('500m', '64Mi'));
      await status(({ phase }) => phase === 'Running');
      await resize(worker, sized('1', '64Mi'));
      await status(isAllocated('1'));
      await clock.advance(100_000);
      assert.equal(runtime.calls.filter((call) => call.startsWith('update')).length, 1);
    });

    it('that was not done when the kubelet ended goes on where it was', async () => {
      const first = await begin(sized('500m', '64Mi'));
      await status(({ phase }) => phase === 'Running');
      ending.abort();
      await first.run;
      ending = new AbortController();
      const pod = await read();
      const changed = await client.update<Pod>({ ...PODS, name: 'p' }, { ...pod, spec: { ...pod.spec, ...sized('3', '64Mi') } });
      context = { ...context, allocations: new PodAllocations({ cpu: 2000, memory: 2 ** 32 }) };
      void new PodWorker(context, changed, ending.signal).run();
      const pending = (await status((of) => conditions(of).length > 0)) as PodStatus;
      assert.match(conditions(pending)[0]!, /^PodResizePending Infeasible/);
      assert.equal(pending.containerStatuses![0]!.allocatedResources!['cpu'], '500m');
      assert.ok(!runtime.calls.some((call) => call.startsWith('update')));
    });
  });

  it('tells of a sandbox that has no network, removes it, and tries again', async () => {
    const { add } = context.network;
    context.network.add = () => Promise.reject(new Error('no addresses left'));
    const { uid } = await begin();
    await eventually(() => clock.sleeping > 0 && events.length > 0);
    assert.match(
      events.at(-1)!,
      /^Warning FailedCreatePodSandBox Failed to create pod sandbox: rpc error: code = Unknown desc = failed to set up sandbox container "id0" network for pod "p": networkPlugin cni failed to set up pod "p_ns" network: no addresses left$/,
    );
    assert.deepEqual(runtime.names, []);
    context.network.add = add;
    await clock.advance(5000);
    await status(({ phase }) => phase === 'Running');
    assert.deepEqual(runtime.names, [`k8s_POD_p_ns_${uid}_0`, `k8s_web_p_ns_${uid}_0`]);
  });

  it('restarts with back-off and keeps one ended container', async () => {
    const { worker, uid } = await begin();
    await status(({ phase }) => phase === 'Running');
    const die = async (attempt: number): Promise<void> => {
      runtime.exit(`k8s_web_p_ns_${uid}_${attempt}`, 1);
      worker.nudge();
    };
    await die(0);
    await status(({ containerStatuses }) => containerStatuses![0]!.restartCount === 1 && containerStatuses![0]!.ready);
    await die(1);
    const waiting = (await status(({ containerStatuses }) => containerStatuses![0]!.state.waiting !== undefined)) as PodStatus;
    assert.equal(waiting.containerStatuses![0]!.state.waiting!.reason, 'CrashLoopBackOff');
    await eventually(() => clock.sleeping > 0);
    await clock.advance(9_000);
    assert.equal((await read()).status!.containerStatuses![0]!.restartCount, 1);
    await clock.advance(1_500);
    await status(({ containerStatuses }) => containerStatuses![0]!.restartCount === 2 && containerStatuses![0]!.ready);
    await eventually(() =>
      assert.deepEqual(runtime.names, [`k8s_POD_p_ns_${uid}_0`, `k8s_web_p_ns_${uid}_1`, `k8s_web_p_ns_${uid}_2`]),
    );
    assert.ok(events.some((event) => event === `Warning BackOff Back-off restarting failed container web in pod p_ns(${uid})`));
  });

  for (const restartPolicy of ['Always', 'Never'])
    for (const killed of [
      'before its sandbox was started',
      'before its sandbox had an address',
      'before its container was started',
    ])
      it(`starts a pod with restartPolicy ${restartPolicy} after a kubelet that was killed ${killed}`, async () => {
        const { uid } = await begin({ restartPolicy }, async (pod) => {
          const sandboxId = await runtime.createSandbox({
            name: engineName(pod, 'POD', 0),
            image: 'pause',
            labels: sandboxLabels('n', pod, 0),
          } as SandboxConfig);
          if (killed !== 'before its sandbox was started') await runtime.startSandbox(sandboxId);
          if (killed === 'before its container was started') attached.set(sandboxId, '10.0.0.9');
          const [container] = pod.spec.containers;
          await runtime.createContainer(sandboxId, {
            name: engineName(pod, 'web', 0),
            image: 'web:1',
            labels: containerLabels({
              nodeName: 'n',
              pod,
              container: container!,
              sandboxId,
              attempt: 0,
              terminationLog: undefined,
            }),
          } as ContainerConfig);
        });
        await eventually(async () => clock.advance(1000).then(async () => assert.equal((await read()).status?.phase, 'Running')));
        const { containerStatuses } = (await read()).status!;
        assert.deepEqual(
          containerStatuses!.map(({ restartCount, ready }) => ({ restartCount, ready })),
          [{ restartCount: 0, ready: true }],
        );
        const attempt = killed === 'before its container was started' ? 0 : 1;
        await eventually(() => assert.deepEqual(runtime.names, [`k8s_POD_p_ns_${uid}_${attempt}`, `k8s_web_p_ns_${uid}_0`]));
        assert.equal(attached.size, 1);
        assert.ok(
          events.every((event) => event.startsWith('Normal')),
          events.join(),
        );
      });

  it('brings config maps and tokens of a running pod up to date', async () => {
    await client.create(CONFIGMAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { key: 'old' } });
    const { uid } = await begin({
      volumes: [
        { name: 'cm', configMap: { name: 'c' } },
        { name: 'tok', projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 1000 } }] } },
      ],
    });
    await status(({ phase }) => phase === 'Running');
    const file = (kind: string, volume: string, path: string): string =>
      readFileSync(join(dirs.volume(uid, kind, volume), path), 'utf8');
    assert.equal(file('configmap', 'cm', 'key'), 'old');
    assert.equal(file('projected', 'tok', 'token'), 't1');
    await client.patch({ ...CONFIGMAPS, name: 'c' }, 'application/merge-patch+json', { data: { key: 'new' } });
    await eventually(() => clock.sleeping > 0);
    for (let i = 0; i < 3; i++) await clock.advance(80_000);
    await eventually(() => assert.equal(file('configmap', 'cm', 'key'), 'new'));
    assert.equal(file('projected', 'tok', 'token'), 't1');
    for (let i = 0; i < 9; i++) {
      await eventually(() => clock.sleeping > 0);
      await clock.advance(80_000);
    }
    await eventually(() => assert.equal(file('projected', 'tok', 'token'), 't2'));
  });

  it('deletes in order: stop, report, remove, and only then tell the API', async () => {
    const { worker, run, uid } = await begin({ terminationGracePeriodSeconds: 7 });
    await status(({ phase }) => phase === 'Running');
    runtime.calls.length = 0;
    await client.delete({ ...PODS, name: 'p' });
    worker.update(await read());
    let last: KubeObject | undefined;
    const { delete: remove } = verbs;
    verbs.delete = async (ref, options) => {
      last = await client.get({ ...PODS, name: 'p' });
      assert.deepEqual(runtime.names, []);
      assert.equal(attached.size, 0);
      assert.deepEqual(options, { gracePeriodSeconds: 0, preconditions: { uid } });
      return remove.call(verbs, ref, options);
    };
    await run;
    assert.equal(runtime.calls[0], `stop k8s_web_p_ns_${uid}_0 7000`);
    assert.equal((last!['status'] as PodStatus).containerStatuses![0]!.state.terminated!.exitCode, 143);
    await assert.rejects(read(), { message: 'pods "p" not found' });
  });

  describe('a pod that sets something of the kernel', () => {
    const setting = (name: string, more: object = {}) => ({ securityContext: { sysctls: [{ name, value: '1' }] }, ...more });
    for (const name of ['net.ipv4.tcp_syncookies', 'kernel.msgmax', 'kernel/msgmnb'])
      it(`runs with ${name}, which is safe or allowed`, async () => {
        const { uid } = await begin(setting(name));
        await status(({ phase }) => phase === 'Running');
        const { sysctls } = runtime.configs.get(`k8s_POD_p_ns_${uid}_0`) as SandboxConfig;
        assert.deepEqual(sysctls, { [name.replace('/', '.')]: '1' });
      });

    const forbidden: readonly [name: string, more: object, why: string][] = [
      ['fs.mqueue.msg_max', {}, '"fs.mqueue.msg_max" not allowlisted'],
      ['net.core.somaxconn', {}, '"net.core.somaxconn" not allowlisted'],
      ['kernel/core_pattern', {}, '"kernel.core_pattern" not allowlisted'],
      ['net.ipv4.tcp_syncookies', { hostNetwork: true }, '"net.ipv4.tcp_syncookies" not allowed with host Net enabled'],
      ['kernel.msgmax', { hostIPC: true }, '"kernel.msgmax" not allowed with host IPC enabled'],
    ];
    for (const [name, more, why] of forbidden)
      it(`is refused: ${why}`, async () => {
        const { worker, run } = await begin(setting(name, more));
        const failed = (await status(({ phase }) => phase === 'Failed')) as PodStatus;
        assert.equal(failed.reason, 'SysctlForbidden');
        assert.equal(failed.message, `Pod was rejected: forbidden sysctl: ${why}`);
        assert.equal(failed.containerStatuses, undefined);
        assert.deepEqual(events, [`Warning SysctlForbidden forbidden sysctl: ${why}`]);
        assert.deepEqual(runtime.names, []);
        const pod = await read();
        await client.delete({ ...PODS, name: 'p' }, { gracePeriodSeconds: 0 });
        worker.remove(pod);
        await run;
      });
  });

  it('keeps conditions of others when its own write loses', async () => {
    const { worker, uid } = await begin();
    await status(({ phase }) => phase === 'Running');
    const gate = { type: 'example.com/gate', status: 'True' };
    const before = await read();
    await client.update(
      { ...PODS, name: 'p', subresource: 'status' },
      { ...before, status: { ...before.status, conditions: [...before.status!.conditions!, gate] } },
    );
    let conflicts = 0;
    verbs.reject = (action, ref) =>
      action === 'update' && ref.subresource === 'status' && conflicts++ === 0 ? newConflict(ref, 'p', 'late') : undefined;
    runtime.exit(`k8s_web_p_ns_${uid}_0`, 1);
    worker.nudge();
    const after = (await status(({ containerStatuses }) => containerStatuses![0]!.restartCount === 1)) as PodStatus;
    assert.ok(after.conditions!.some(({ type }) => type === 'example.com/gate'));
    assert.ok(conflicts > 0);
  });

  it('ends a pod that the API no longer has without asking it for anything', async () => {
    const { worker, run } = await begin();
    await status(({ phase }) => phase === 'Running');
    const pod = await read();
    await client.delete({ ...PODS, name: 'p' }, { gracePeriodSeconds: 0 });
    const writes = verbs.writes.length;
    worker.remove(pod);
    await run;
    assert.deepEqual(runtime.names, []);
    assert.equal(verbs.writes.length, writes);
  });
});
