import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DEPLOYMENTS, NAMESPACES, NODES, SERVICE_ACCOUNTS } from '../../../../lib/platform/controllers/resources.ts';
import { routerController } from '../../../../lib/platform/router/router-controller.ts';
import type { RouterSettings } from '../../../../lib/platform/router/router-settings.ts';
import { eventually } from '../../../support/eventually.ts';
import { startControllers } from '../../../support/run-controllers.ts';

const IMAGE = 'openshift/router:latest';
const node = (names: string[]): { apiVersion: string; kind: string; metadata: { name: string }; status: object } => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n' },
  status: { images: [{ names }] },
});

test('the router comes once the image is there and the ports are free, without a token and without rights', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'router-test-'));
  const taken = createServer().listen(0, '0.0.0.0');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const settings: RouterSettings = {
    folder: join(folder, 'router'),
    image: IMAGE,
    nodeName: 'n',
    httpPort: port,
    httpsPort: port,
    serving: { certPem: '', keyPem: '' },
    caPem: '',
  };
  try {
    await using rig = startControllers([routerController(settings)]);
    await rig.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
    await rig.create(NODES, node(['other:latest']));
    assert.deepEqual(await rig.list(DEPLOYMENTS, 'default'), []);
    await rig.setStatus(NODES, node([]), { images: [{ names: [IMAGE] }] });
    await eventually(async () => {
      const [event] = await rig.events();
      assert.match(
        event!,
        new RegExp(`^RouterPortInUse The router does not start: port ${port} of this machine cannot be used: `),
      );
      assert.match(event!, /stop that, or set router\.httpPort to another port/);
    });
    assert.deepEqual(await rig.list(DEPLOYMENTS, 'default'), []);
    taken.close();
    await once(taken, 'close');
    const made = await eventually(async () => {
      await rig.verbs.clock.advance(10_000);
      const [deployment] = await rig.list(DEPLOYMENTS, 'default');
      return deployment ?? false;
    });
    const { spec } = (
      made as unknown as { spec: { template: { spec: Record<string, unknown> & { containers: Record<string, unknown>[] } } } }
    ).spec.template;
    assert.equal(spec['automountServiceAccountToken'], false);
    assert.deepEqual(spec['nodeSelector'], { 'kubernetes.io/hostname': 'n' });
    const [container] = spec.containers;
    assert.deepEqual(container!['securityContext'], {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    });
    assert.equal((await rig.list(SERVICE_ACCOUNTS, 'default'))[0]!.metadata.name, 'router');
    assert.equal((await stat(settings.folder)).mode & 0o777, 0o750);
    // What somebody deletes comes back.
    await rig.verbs.delete({ ...DEPLOYMENTS, namespace: 'default', name: 'router' });
    await eventually(async () => assert.equal((await rig.list(DEPLOYMENTS, 'default')).length, 1));
  } finally {
    taken.close();
    await rm(folder, { recursive: true });
  }
});
