import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { newForbidden } from '../../../../lib/platform/api/status-error.ts';
import { followRollout } from '../../../../lib/platform/git/rollout-report.ts';
import type { Repository } from '../../../../lib/platform/git/repository.ts';

const route = (host: string, tls?: object, isAdmitted = true): KubeObject =>
  ({
    metadata: { name: host },
    spec: { host, ...(tls === undefined ? {} : { tls }) },
    status: { ingress: [{ host, conditions: [{ type: 'Admitted', status: isAdmitted ? 'True' : 'False' }] }] },
  }) as unknown as KubeObject;

/** What whoever has pushed is told about these routes. */
async function told(routes: readonly KubeObject[], ports: Record<string, string> | undefined): Promise<string> {
  const client = {
    list: ({ resource }: { resource: string }) => Promise.resolve({ items: resource === 'routes' ? routes : [] }),
    get: ({ name }: { name: string }) =>
      ports === undefined
        ? Promise.reject(newForbidden({ group: '', resource: 'configmaps' }, name, 'no'))
        : Promise.resolve({ metadata: { name }, data: ports }),
  };
  const repository = { client, config: { metadata: { name: 'shop', namespace: 'ann' } } } as unknown as Repository;
  let text = '';
  await followRollout(repository, undefined, {
    tell: async (more) => void (text += more),
    signal: new AbortController().signal,
    lastLines: async () => [],
  });
  return text.trim();
}

test('whoever pushes is told an address that can be opened: with the port that the router has', async () => {
  const ports = { http: '8080', https: '443' };
  assert.equal(await told([route('shop.apps.localhost')], ports), 'http://shop.apps.localhost:8080/');
  assert.equal(await told([route('shop.apps.localhost', { termination: 'edge' })], ports), 'https://shop.apps.localhost/');
  // A router of which nothing may be known has the usual ports.
  assert.equal(await told([route('shop.apps.localhost')], undefined), 'http://shop.apps.localhost/');
});

test("an address that is somebody else's is not told", async () => {
  assert.equal(await told([route('taken.apps.localhost', undefined, false)], { http: '80' }), '');
});
