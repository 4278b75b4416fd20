import type { WireFlow } from '../../../support/wire/wire-flow.ts';

const METRICS = '/apis/metrics.k8s.io/v1beta1';

export const top = (project: string, node: string): WireFlow => ({
  command: 'oc adm top nodes; oc adm top pods -A',
  steps: [
    {
      call: 'GET /apis',
      accept: 'discovery',
      status: 200,
      check: ({ object }) =>
        object.items.some(({ metadata }: { metadata: { name: string } }) => metadata.name === 'metrics.k8s.io'),
    },
    {
      call: `GET ${METRICS}/nodes`,
      membersOnly: true,
      poll: true,
      patience: 30_000,
      status: 200,
      reads: { kind: 'NodeMetricsList', items: [{ metadata: { name: node } }] },
    },
    { call: 'GET /api/v1/nodes', accept: 'typed', membersOnly: true, status: 200, reads: { kind: 'NodeList' } },
    {
      call: `GET ${METRICS}/pods`,
      membersOnly: true,
      poll: true,
      patience: 30_000,
      status: 200,
      check: ({ object }) =>
        object.items.some(({ metadata }: { metadata: { namespace: string } }) => metadata.namespace === project),
    },
  ],
});

const TEXT = { accept: 'text/plain, */*', 'accept-encoding': 'gzip' };

/** Files below /var/log; a folder is a page of links, out of which oc makes lines. */
export const nodeLogs = (node: string): WireFlow => ({
  command: `oc adm node-logs ${node} --path=/; oc adm node-logs ${node} --path=FILE`,
  steps: [
    {
      call: `GET /api/v1/nodes/${node}/proxy/logs/`,
      headers: TEXT,
      membersOnly: true,
      status: 200,
      check: ({ text }) => text.startsWith('<pre>'),
      keep: ({ text }) => ({ file: /href="([\w-]+\.log)"/.exec(text)?.[1] }),
    },
    ({ file }) => ({
      call: `GET /api/v1/nodes/${node}/proxy/logs/${file}`,
      headers: TEXT,
      membersOnly: true,
      status: 200,
      check: ({ headers }) => String(headers['content-type']).startsWith('text/plain'),
    }),
  ],
});
