import { isAlreadyExists } from './api-errors.ts';
import { defineController, type ControllerDefinition } from './define-controller.ts';
import { CONFIG_MAPS, NAMESPACES, refTo } from './resources.ts';
import { sameJson } from './same-json.ts';

const NAMESPACE = 'kube-system';
const NAME = 'extension-apiserver-authentication';

/** What an extension server must know of this API to believe who asks. */
export interface ExtensionAuthentication {
  /** The authority of users' certificates. PEM. */
  readonly clientCaPem: string;
  /** The authority of the certificate that the API server shows when it passes requests on, and its common name. */
  readonly proxyCaPem: string;
  readonly proxyName: string;
}

/**
 * Keeps the config map that extension servers read (kube-apiserver's cluster authentication trust controller). The role
 * `extension-apiserver-authentication-reader` lets them.
 */
export function extensionAuthenticationPublisher(trust: ExtensionAuthentication): ControllerDefinition {
  const wanted: Record<string, string> = {
    'client-ca-file': trust.clientCaPem,
    'requestheader-allowed-names': JSON.stringify([trust.proxyName]),
    'requestheader-client-ca-file': trust.proxyCaPem,
    'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
    'requestheader-group-headers': '["X-Remote-Group"]',
    'requestheader-uid-headers': '["X-Remote-Uid"]',
    'requestheader-username-headers': '["X-Remote-User"]',
  };
  const key = `${NAMESPACE}/${NAME}`;
  return defineController({
    name: 'extension-authentication-publisher',
    watches: [
      { of: NAMESPACES, map: ({ metadata }) => (metadata.name === NAMESPACE ? [key] : []) },
      { of: CONFIG_MAPS, map: ({ metadata }) => (metadata.name === NAME && metadata.namespace === NAMESPACE ? [key] : []) },
    ],
    async reconcile(_key, { client, lister }) {
      if (lister(NAMESPACES).get(undefined, NAMESPACE) === undefined) return;
      const found = lister(CONFIG_MAPS).get(NAMESPACE, NAME);
      if (found === undefined) {
        const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: NAME, namespace: NAMESPACE }, data: wanted };
        await client.create({ ...CONFIG_MAPS, namespace: NAMESPACE }, object).catch((error: unknown) => {
          if (!isAlreadyExists(error)) throw error;
        });
      } else if (!sameJson(found['data'], wanted)) await client.update(refTo(CONFIG_MAPS, found), { ...found, data: wanted });
    },
  });
}
