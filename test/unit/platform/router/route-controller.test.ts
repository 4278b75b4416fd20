import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Route } from '../../../../lib/platform/api/route/route-types.ts';
import { ROUTES } from '../../../../lib/platform/controllers/resources.ts';
import { routeController } from '../../../../lib/platform/router/route-controller.ts';
import { eventually } from '../../../support/eventually.ts';
import { type ControllerRig, startControllers } from '../../../support/run-controllers.ts';

const route = (name: string): Route => ({
  apiVersion: 'route.openshift.io/v1',
  kind: 'Route',
  metadata: { name, namespace: 'shop' },
  spec: { host: `${name}.test`, to: { kind: 'Service', name: 'web', weight: 100 } },
});

/** Answers as HAProxy's master does, and refuses configurations in which a route's name begins with `bad`. */
async function startMaster(folder: string): Promise<Server> {
  await mkdir(join(folder, 'run'), { recursive: true });
  const server = createServer((socket) => {
    socket.once('data', async () => {
      const config = await readFile(join(folder, 'haproxy.cfg'), 'utf8');
      const [culprit] = /be_http:shop:bad\S*/.exec(config) ?? [];
      socket.end(culprit === undefined ? 'Success=1\n--\n' : `Success=0\n--\n[ALERT]    (1) : config : no ${culprit}\n`);
    });
  });
  server.listen(join(folder, 'run', 'master.sock'));
  await once(server, 'listening');
  return server;
}

async function verdicts(rig: ControllerRig): Promise<Record<string, string>> {
  const routes = await rig.list<Route>(ROUTES, 'shop');
  return Object.fromEntries(
    routes.map(({ metadata, status }) => {
      const { status: admitted = '', reason = '', message = '' } = status?.ingress?.[0]?.conditions?.[0] ?? {};
      return [metadata.name!, `${admitted} ${reason} ${message}`.trim()];
    }),
  );
}

test('routes that HAProxy refuses stand aside, all others are served, and what is in the folder can be started with', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'router-test-'));
  const settings = {
    folder,
    image: '',
    nodeName: 'n',
    httpPort: 80,
    httpsPort: 443,
    serving: { certPem: 'c', keyPem: 'k' },
    caPem: '',
  };
  let master: Server | undefined;
  try {
    await using rig = startControllers([routeController(settings)]);
    for (const name of ['a', 'bad-1', 'b', 'bad-2', 'c']) await rig.create(ROUTES, route(name));
    const settle = async (wanted: Record<string, string>): Promise<void> => {
      await eventually(async () => {
        await rig.verbs.clock.advance(1_000);
        assert.deepEqual(await verdicts(rig), wanted);
      });
      assert.doesNotMatch(await readFile(join(folder, 'haproxy.cfg'), 'utf8'), /be_http:shop:bad/);
    };
    // Nobody serves anything yet, so nothing is said of any route.
    assert.deepEqual(new Set(Object.values(await verdicts(rig))), new Set(['']));
    master = await startMaster(folder);
    const refused = (name: string): string =>
      `False ExtendedValidationFailed HAProxy refuses it: config : no be_http:shop:${name}`;
    const bad = { 'bad-1': refused('bad-1'), 'bad-2': refused('bad-2') };
    await settle({ a: 'True', b: 'True', c: 'True', ...bad });
    await rig.create(ROUTES, route('bad-3'));
    await settle({ a: 'True', b: 'True', c: 'True', ...bad, 'bad-3': refused('bad-3') });
    await rig.verbs.delete({ ...ROUTES, namespace: 'shop', name: 'bad-3' });
    await rig.create(ROUTES, route('d'));
    await settle({ a: 'True', b: 'True', c: 'True', d: 'True', ...bad });
    assert.match(await readFile(join(folder, 'haproxy.cfg'), 'utf8'), /be_http:shop:d\n/);
  } finally {
    master?.close();
    await rm(folder, { recursive: true });
  }
});
