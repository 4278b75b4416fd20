import type { WireFlow } from '../../../support/wire/wire-flow.ts';

const basic = (password: string): string => `Basic ${Buffer.from(`user:${password}`).toString('base64')}`;

/** The registry is where the first image stream's repository is; the password is the token that oc has. */
export const registryLogin = (project: string, stream: string, token: string): WireFlow => ({
  command: 'oc registry info --check; oc registry login',
  steps: [
    {
      call: `GET /apis/image.openshift.io/v1/namespaces/${project}/imagestreams`,
      membersOnly: true,
      status: 200,
      check: ({ object }) => object.items[0].status.dockerImageRepository.endsWith(`/${project}/${stream}`),
      keep: ({ object }) => ({ registry: object.items[0].status.dockerImageRepository.split('/', 1)[0] }),
    },
    ({ registry }) => ({
      call: `GET https://${registry}/v2/`,
      anonymous: true,
      status: 401,
      check: ({ headers }) => /^Bearer realm="[^"]+",service="[^"]+"/.test(String(headers['www-authenticate'])),
      keep: ({ headers }) => ({
        realm: /realm="([^"]+)"/.exec(String(headers['www-authenticate']))![1],
        service: /service="([^"]+)"/.exec(String(headers['www-authenticate']))![1],
      }),
    }),
    ({ realm, service }) => ({
      call: `GET ${realm}?${new URLSearchParams({ service })}`,
      anonymous: true,
      headers: { authorization: basic('no token of the platform') },
      status: 401,
    }),
    ({ realm, service }) => ({
      call: `GET ${realm}?${new URLSearchParams({ service, scope: `repository:${project}/${stream}:pull` })}`,
      anonymous: true,
      headers: { authorization: basic(token) },
      status: 200,
      check: ({ object }) => object.expires_in > 0,
      keep: ({ object }) => ({ bearer: object.token }),
    }),
    ({ registry, bearer }) => ({
      call: `GET https://${registry}/v2/`,
      anonymous: true,
      headers: { authorization: `Bearer ${bearer}` },
      status: 200,
    }),
    ({ registry, bearer }) => ({
      call: `GET https://${registry}/v2/${project}/${stream}/tags/list`,
      anonymous: true,
      headers: { authorization: `Bearer ${bearer}` },
      status: 200,
      reads: { tags: ['latest'] },
    }),
  ],
});
