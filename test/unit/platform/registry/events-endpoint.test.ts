import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { silentLog } from '../../../../lib/common/log.ts';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import type { Client } from '../../../../lib/platform/client/client.ts';
import { inProcessClient } from '../../../../lib/platform/client/in-process-client.ts';
import { answerEvents } from '../../../../lib/platform/registry/events-endpoint.ts';
import { AnswerTooLong, type RegistryConnection } from '../../../../lib/platform/registry/registry-connection.ts';
import { EVENTS_PATH, REGISTRY_NAMESPACE, SHARED_SECRET } from '../../../../lib/platform/registry/registry-settings.ts';
import { type Pushed, takeIn } from '../../../../lib/platform/registry/take-in.ts';
import { type ApiUnderTest, type Reply, startApi } from '../apiserver/api-under-test.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CORE = { group: '', version: 'v1' };
const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** Of 1000 bytes. */
const LAYER = sha256('layer');

let api: ApiUnderTest;
/** What the registry has, by digest. */
const stored = new Map<string, string>();
/** What goes wrong when an image of this digest is taken in. */
const faults = new Map<string, Error>();
const connection = {
  manifest: async (_repository: string, digest: string) => ({ digest, mediaType: MANIFEST, text: stored.get(digest)! }),
  blob: async (_repository: string, digest: string) => {
    const text = stored.get(digest)!;
    if (text.length > 4 << 20) throw new AnswerTooLong(4 << 20);
    return text;
  },
  sizeOf: async (_repository: string, digest: string) => (digest === LAYER ? 1000 : stored.get(digest)?.length),
} as unknown as RegistryConnection;

before(async () => {
  api = await startApi(() => ({
    mounts(verbs) {
      const name = 'system:openshift:registry';
      const client: Client = inProcessClient(verbs({ name, groups: ['system:authenticated'] }), name);
      const told = (pushed: Pushed): Promise<boolean> => {
        const fault = faults.get(pushed.digest);
        if (fault !== undefined) throw fault;
        return takeIn({ client, connection, host: async () => '172.30.0.5:5000' }, pushed);
      };
      const handle = answerEvents.bind(undefined, { client, log: silentLog, takeIn: told });
      return [{ path: EVENTS_PATH, credentials: 'own', handle: (request, response) => handle(request, response) }];
    },
  }));
  const admin = inProcessClient(api.api.verbs({ name: 'admin', groups: ['system:masters'] }), 'admin');
  const make = (resource: string, object: object, namespace?: string): Promise<KubeObject> =>
    admin.create({ ...CORE, resource, ...(namespace === undefined ? {} : { namespace }) }, {
      apiVersion: 'v1',
      ...object,
    } as KubeObject);
  for (const name of ['shop', 'mall']) await make('namespaces', { kind: 'Namespace', metadata: { name } });
  const data = { events: Buffer.from('shared').toString('base64') };
  await make('secrets', { kind: 'Secret', metadata: { name: SHARED_SECRET }, data }, REGISTRY_NAMESPACE);
});
after(() => api[Symbol.asyncDispose]());

/** Puts an image of this configuration into the registry. It says that it is smaller than it is. */
function pushed(repository: string, tag: string, config: string): Pushed {
  const layers = [{ digest: LAYER, size: 1 }];
  const manifest = JSON.stringify({ mediaType: MANIFEST, config: { digest: sha256(config), size: 10 }, layers });
  for (const text of [config, manifest]) stored.set(sha256(text), text);
  return { repository, tag, digest: sha256(manifest) };
}

/** What the registry tells in one request. */
const tell = (pushes: readonly Pushed[], secret = 'shared'): Promise<Reply> =>
  api.call('POST', EVENTS_PATH, {
    as: null,
    headers: { authorization: `Bearer ${secret}` },
    body: {
      events: pushes.map((target) => ({ action: 'push', target: { ...target, mediaType: MANIFEST } })),
    },
  });

const tag = async (namespace: string, name: string): Promise<Reply> =>
  api.call('GET', `/apis/image.openshift.io/v1/namespaces/${namespace}/imagestreamtags/${name}`);

test('only the registry tells of pushes', async () => {
  const push = pushed('shop/web', 'v1', '{"config":{"Labels":{"who":"registry"}}}');
  assert.equal((await tell([push], 'guessed')).code, 401);
  assert.equal((await tag('shop', 'web:v1')).code, 404);
  assert.equal((await tell([push])).code, 200);
  const { code, body } = await tag('shop', 'web:v1');
  assert.deepEqual([code, body.image.dockerImageMetadata.Config.Labels], [200, { who: 'registry' }]);
});

const nested = (levels: number): string => `{"config":{"Labels":${'['.repeat(levels)}${']'.repeat(levels)}}}`;
const HOSTILE = {
  deep: nested(2000),
  deeper: nested(100_000),
  long: `{"config":{"Labels":{"x":"${'y'.repeat(3 << 20)}"}}}`,
  longer: '{'.padEnd((4 << 20) + 1),
  empty: '',
  list: '[]',
};

for (const [what, config] of Object.entries(HOSTILE))
  test(`a configuration that is ${what} neither keeps its image nor the pushes behind it from being tags`, async () => {
    const pushes = [pushed('mall/bad', what, config), pushed('shop/behind', what, '{"config":{"Labels":{"a":"b"}}}')];
    assert.equal((await tell(pushes)).code, 200);
    const bad = await tag('mall', `bad:${what}`);
    // It is as large as it is, so that limits hold.
    const { Config, Size } = bad.body.image.dockerImageMetadata;
    assert.deepEqual([bad.code, Config, Size], [200, {}, 1000 + config.length]);
    const behind = await tag('shop', `behind:${what}`);
    assert.deepEqual([behind.code, behind.body.image.dockerImageMetadata.Config.Labels], [200, { a: 'b' }]);
  });

test('a manifest that says more than an image has to is no tag, and the pushes behind it are', async () => {
  const config = '{"config":{}}';
  const layer = { digest: LAYER, size: 1000, mediaType: 'x'.repeat(1 << 20) };
  const manifest = JSON.stringify({ mediaType: MANIFEST, config: { digest: sha256(config), size: 10 }, layers: [layer] });
  stored.set(sha256(config), config).set(sha256(manifest), manifest);
  const fat = { repository: 'mall/bad', tag: 'fat', digest: sha256(manifest) };
  assert.equal((await tell([fat, pushed('shop/behind', 'fat', config)])).code, 200);
  assert.equal((await tag('mall', 'bad:fat')).code, 404);
  assert.equal((await tag('shop', 'behind:fat')).code, 200);
});

test('a fault of ours in one push holds up no other; while a store is away they are told of again', async () => {
  const [bad, good] = [pushed('mall/bad', 'fault', '{"config":{"Env":["1"]}}'), pushed('shop/behind', 'fault', '{"config":{}}')];
  faults.set(bad.digest, new RangeError('Maximum call stack size exceeded'));
  assert.equal((await tell([bad, good])).code, 200);
  assert.equal((await tag('shop', 'behind:fault')).code, 200);
  faults.set(bad.digest, Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
  assert.equal((await tell([bad])).code, 500);
  faults.clear();
  assert.equal((await tell([bad])).code, 200);
  assert.equal((await tag('mall', 'bad:fault')).code, 200);
});
