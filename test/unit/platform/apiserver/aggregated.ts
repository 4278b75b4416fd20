import assert from 'node:assert/strict';
import { type ExtensionServer, startExtensionServer } from '../../../support/extension-server.ts';
import { type ApiUnderTest, startApi } from './api-under-test.ts';

export const GROUP = 'things.example.com';

export const ROOT = `/apis/${GROUP}/v1`;

export const WIDGETS = `${ROOT}/namespaces/default/widgets`;

export const APISERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';

export const NAME = `v1.${GROUP}`;

export const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** What an answer holds, as the test finds it. */
export type Body = Awaited<ReturnType<ApiUnderTest['call']>>['body'];

export interface Aggregated extends AsyncDisposable {
  readonly t: ApiUnderTest;
  readonly extension: ExtensionServer;
}

/** An API server with an extension server behind it that has been found well. No controllers run: the test is one. */
export async function aggregated(spec: object = {}, behaviour: { readonly upgrades?: boolean } = {}): Promise<Aggregated> {
  const t = await startApi();
  const extension = await startExtensionServer({
    group: GROUP,
    version: 'v1',
    service: 'widgets',
    namespace: 'default',
    proxyCaPem: t.certificates.frontProxy.caPem,
    ...behaviour,
  });
  await t.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'default' } } });
  await t.call('POST', '/api/v1/namespaces/default/services', {
    body: { metadata: { name: 'widgets' }, spec: { ports: [{ port: 443, targetPort: extension.port }] } },
  });
  const slice = {
    metadata: { name: 'widgets-1', labels: { 'kubernetes.io/service-name': 'widgets' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [extension.host], conditions: { ready: true } }],
    ports: [{ name: '', port: extension.port }],
  };
  const sliced = await t.call('POST', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', { body: slice });
  assert.equal(sliced.code, 201, sliced.text);
  const body = {
    metadata: { name: NAME },
    spec: {
      group: GROUP,
      version: 'v1',
      service: { namespace: 'default', name: 'widgets' },
      caBundle: extension.caBundle,
      groupPriorityMinimum: 2000,
      versionPriority: 15,
      ...spec,
    },
  };
  const made = await t.call('POST', APISERVICES, { body });
  assert.equal(made.code, 201, made.text);
  await say(t, 'True');
  return {
    t,
    extension,
    async [Symbol.asyncDispose]() {
      await extension[Symbol.asyncDispose]();
      await t[Symbol.asyncDispose]();
    },
  };
}

/** The last request about widgets, if any; the server is asked for its documents at any time. */
export const lastOf = ({ seen }: ExtensionServer): ExtensionServer['seen'][number] =>
  seen.findLast(({ url }) => url.includes('/widgets'))!;

/** What the availability controller would say. */
export async function say(t: ApiUnderTest, status: string): Promise<void> {
  const conditions = [{ type: 'Available', status, reason: 'Test', message: '' }];
  const { code, text } = await t.call('PATCH', `${APISERVICES}/${NAME}/status`, { body: { status: { conditions } } });
  assert.equal(code, 200, text);
}

export const listed = async (t: ApiUnderTest, path: string, headers = {}): Promise<Body> =>
  (await t.call('GET', path, { headers })).body;
