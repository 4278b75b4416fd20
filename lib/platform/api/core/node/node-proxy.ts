import type { ProxySubresource } from '../../subresources/connect-subresource.ts';
import type { KubeObject } from '../../meta.ts';
import { newBadRequest } from '../../status-error.ts';

/** `nodes/proxy`: a node's own server, with the API server's rights there; or another port of the node (registry/core/node ResourceLocation). */
export const nodeProxy: ProxySubresource = {
  kind: 'proxy',
  target(node, port) {
    if (port === '' || port === String(kubeletPort(node))) return { node: node.metadata.name! };
    const host = ((node.status?.addresses ?? []) as { type: string; address: string }[]).find(
      ({ type }) => type === 'InternalIP',
    );
    const wanted = Number(port);
    if (host === undefined || !Number.isInteger(wanted) || wanted < 1 || wanted > 65535)
      throw newBadRequest(`invalid node request ${JSON.stringify(`${node.metadata.name}:${port}`)}`);
    return { host: host.address, port: wanted };
  },
};

const kubeletPort = ({ status }: KubeObject): number => status?.daemonEndpoints?.kubeletEndpoint?.Port || 10250;
