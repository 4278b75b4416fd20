import type { ProxySubresource } from '../../subresources/connect-subresource.ts';
import { newServiceUnavailable } from '../../status-error.ts';

/**
 * `services/proxy`: one of a service's ready endpoints, at a port by its number or name, by default the one without a name
 * (registry/core/service ResourceLocation).
 */
export const serviceProxy: ProxySubresource = {
  kind: 'proxy',
  target({ metadata, spec }, wanted) {
    const ports = (spec?.ports ?? []) as { name?: string; port: number }[];
    const number = /^\d+$/.test(wanted);
    const found = ports.find(({ name, port }) => (number ? port === Number(wanted) : (name ?? '') === wanted));
    if (number && found === undefined)
      throw newServiceUnavailable(`no service port ${wanted} found for service ${JSON.stringify(metadata.name)}`);
    if (found === undefined || spec?.type === 'ExternalName')
      throw newServiceUnavailable(`no endpoints available for service ${JSON.stringify(metadata.name)}`);
    return { service: { namespace: metadata.namespace!, name: metadata.name!, port: found.port } };
  },
};
