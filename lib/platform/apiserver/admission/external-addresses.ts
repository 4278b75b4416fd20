import type { AccessControl } from '../../api/access-policy.ts';
import { service } from '../../api/core/service/service.ts';
import type { KubeObject } from '../../api/meta.ts';
import { newForbidden } from '../../api/status-error.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';

/** OpenShift's right to give a service addresses from outside of the platform. */
const RIGHT = { verb: 'create', group: 'network.openshift.io', version: '*', resource: 'services', subresource: 'externalips' };

/**
 * What is sent to an external IP goes to its service, from every pod and from this machine itself, whoever has the address: the API
 * server's own, another project's, one of the internet (CVE-2020-8554). So only those who hold that right add one; what a service has already
 * stays (OpenShift: ExternalIPRanger without ranges).
 */
export const externalAddresses = (access: AccessControl): AdmissionPlugin => ({
  name: 'ExternalIPRanger',
  async validate({ operation, definition, ref, object, old, user }) {
    if (definition !== service || object === undefined || (operation !== 'CREATE' && operation !== 'UPDATE')) return;
    const had = addressesOf(old);
    if (addressesOf(object).every((ip) => had.includes(ip))) return;
    if (
      (await access.authorize(user, { ...RIGHT, ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }) })).allowed
    )
      return;
    throw newForbidden(
      { group: '', resource: service.plural },
      object.metadata.name ?? '',
      'spec.externalIPs: Forbidden: externalIPs have been disabled for those who may not create services/externalips (network.openshift.io); use a route, or a service of type NodePort',
    );
  },
});

const addressesOf = (object: KubeObject | undefined): readonly string[] => (object?.spec?.externalIPs ?? []) as string[];
