import { newForbidden } from '../../api/status-error.ts';
import { nodeNameOf } from '../auth/node-identity.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';

const MIRROR = 'kubernetes.io/config.mirror';

/** What a node may not write though the authorizer lets it write the kind (plugin/pkg/admission/noderestriction). */
export const nodeRestriction: AdmissionPlugin = {
  name: 'NodeRestriction',
  validate({ operation, definition, ref, object, old, user }) {
    const node = nodeNameOf(user);
    if (node === undefined || definition.group !== '' || object === undefined) return;
    const of = { group: '', resource: definition.plural };
    const refuse = (why: string): never => {
      throw newForbidden(of, object.metadata.name ?? '', why);
    };
    if (definition.plural === 'pods' && operation === 'CREATE' && ref.subresource === undefined) {
      if (object.metadata.annotations?.[MIRROR] === undefined)
        refuse(`pod does not have "${MIRROR}" annotation, node "${node}" can only create mirror pods`);
      if (object.spec?.nodeName !== node) refuse(`node "${node}" can only create pods with spec.nodeName set to itself`);
    }
    if (definition.plural === 'nodes' && operation === 'CREATE' && object.metadata.name !== node)
      refuse(`node "${node}" is not allowed to modify node "${object.metadata.name}"`);
    if (definition.plural === 'nodes' && operation === 'UPDATE' && ref.subresource === undefined) {
      // Taints decide what may run here: they are the administrator's and the controllers'.
      if (JSON.stringify(object.spec?.taints ?? []) !== JSON.stringify(old?.spec?.taints ?? []))
        refuse(`node "${node}" is not allowed to modify taints`);
    }
  },
};
