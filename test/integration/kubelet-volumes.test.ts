import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { type KubeletRig, kubeletRig, PODS, serve, sh } from '../support/kubelet-rig.ts';

const CONFIGMAPS = { group: '', version: 'v1', resource: 'configmaps', namespace: 'default' } as const;
const SECRETS = { group: '', version: 'v1', resource: 'secrets', namespace: 'default' } as const;

describe('kubelet on Docker: files and volumes', () => {
  let rig: KubeletRig;
  before(async () => {
    rig = await kubeletRig();
  });
  after(async () => {
    await rig[Symbol.asyncDispose]();
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
    await eventually(async () => assert.equal(await run('ls /scratch/made/here; stat -c %g /scratch/file'), 'inner\n2000\n'));
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
});
