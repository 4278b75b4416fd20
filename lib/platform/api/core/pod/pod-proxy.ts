import type { ProxySubresource } from '../../subresources/connect-subresource.ts';
import { newBadRequest } from '../../status-error.ts';

/** `pods/proxy`: what listens in a pod, by default on its first port (registry/core/pod ResourceLocation). */
export const podProxy: ProxySubresource = {
  kind: 'proxy',
  target(pod, port, scheme) {
    const host = pod.status?.podIP as string | undefined;
    if (!host) throw newBadRequest('address not allowed');
    const ports = ((pod.spec?.containers ?? []) as { ports?: { containerPort: number }[] }[]).flatMap((each) => each.ports ?? []);
    const wanted = port === '' ? (ports[0]?.containerPort ?? (scheme === 'https' ? 443 : 80)) : Number(port);
    if (!Number.isInteger(wanted) || wanted < 1 || wanted > 65535)
      throw newBadRequest(`invalid pod request ${JSON.stringify(`${pod.metadata.name}:${port}`)}`);
    return { host, port: wanted };
  },
};
