import { createHash } from 'node:crypto';
import type { KubeObject } from '../api/meta.ts';
import { REGISTRY_SERVICE, registryHostOf } from '../api/image/internal-registry.ts';
import { isAlreadyExists, isForbiddenByTermination, unlessGone } from '../controllers/api-errors.ts';
import { type ControllerDefinition, defineController, type ReconcileContext } from '../controllers/define-controller.ts';
import { refTo, SECRETS, SERVICE_ACCOUNTS, SERVICES } from '../controllers/resources.ts';
import { issueSecretToken } from '../controllers/secret-token.ts';
import { ALIAS_NAME, ALIAS_NAMESPACE, REGISTRY_NAME, REGISTRY_NAMESPACE, REGISTRY_PORT } from './registry-settings.ts';

const TYPE = 'kubernetes.io/dockercfg';
/** OpenShift's annotations: whose secret it is. */
const ACCOUNT_NAME = 'openshift.io/internal-registry-pull-secret.account';
const ACCOUNT_UID = 'openshift.io/internal-registry-pull-secret.uid';
/** Which names of the registry it opens. */
const HOSTS = 'openshift.io/internal-registry-pull-secret.hosts';

interface ServiceAccount extends KubeObject {
  secrets?: { name?: string }[];
  imagePullSecrets?: { name?: string }[];
}

/**
 * Gives every service account, while there is a registry, a secret by which its pods pull and its builds push: `NAME-dockercfg-xxxxx`,
 * named in the account (OpenShift: create_dockercfg_secrets.go). The token in it is bound to the secret: deleting that ends it, and the
 * account gets another one.
 */
export const pullSecretController = (): ControllerDefinition =>
  defineController({
    name: 'registry-pull-secret-controller',
    for: SERVICE_ACCOUNTS,
    watches: [
      {
        of: SECRETS,
        map: ({ type, metadata }) => {
          const account = metadata.annotations?.[ACCOUNT_NAME];
          return type === TYPE && account !== undefined ? [`${metadata.namespace}/${account}`] : [];
        },
      },
      {
        of: SERVICES,
        map: ({ metadata }, { lister }) =>
          metadata.name === REGISTRY_SERVICE.name && metadata.namespace === REGISTRY_SERVICE.namespace
            ? lister(SERVICE_ACCOUNTS)
                .list()
                .map((account) => `${account.metadata.namespace}/${account.metadata.name}`)
            : [],
        changed: (service, old) => registryHostOf(service) !== registryHostOf(old),
      },
    ],
    concurrency: 2,
    async reconcile(key, context) {
      const host = registryHostOf(context.lister(SERVICES).get(REGISTRY_SERVICE.namespace, REGISTRY_SERVICE.name));
      const account = context.lister<ServiceAccount>(SERVICE_ACCOUNTS).byKey(key);
      if (host === undefined || account === undefined || account.metadata.deletionTimestamp !== undefined) return;
      try {
        const secret = await ensureSecret(account, context);
        await fill(secret, account, host, context);
        await mention(secret.metadata.name!, account, context);
      } catch (error) {
        if (!isForbiddenByTermination(error)) throw error;
      }
    },
  });

/** One name for one account: whoever makes it twice meets the first. */
const nameOf = ({ metadata }: ServiceAccount): string =>
  `${metadata.name!.slice(0, 200)}-dockercfg-${createHash('sha256').update(metadata.uid!).digest('hex').slice(0, 5)}`;

async function ensureSecret(account: ServiceAccount, { client }: ReconcileContext): Promise<KubeObject> {
  const { namespace, name, uid } = account.metadata;
  const wanted: KubeObject = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: nameOf(account),
      namespace: namespace!,
      annotations: { [ACCOUNT_NAME]: name!, [ACCOUNT_UID]: uid! },
      // The secret goes with its account.
      ownerReferences: [{ apiVersion: 'v1', kind: 'ServiceAccount', name: name!, uid: uid! }],
    },
    type: TYPE,
    data: { '.dockercfg': Buffer.from('{}').toString('base64') },
  };
  const found = await unlessGone(client.get(refTo(SECRETS, wanted)));
  if (found !== undefined) return found;
  try {
    return await client.create({ ...SECRETS, namespace: namespace! }, wanted);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    return client.get(refTo(SECRETS, wanted));
  }
}

/** The token is asked for once: the annotation is written together with it. */
async function fill(secret: KubeObject, account: ServiceAccount, host: string, { client }: ReconcileContext): Promise<void> {
  const hosts = [
    host,
    `${REGISTRY_NAME}.${REGISTRY_NAMESPACE}.svc:${REGISTRY_PORT}`,
    `${ALIAS_NAME}.${ALIAS_NAMESPACE}.svc:${REGISTRY_PORT}`,
  ];
  if (secret.metadata.annotations?.[HOSTS] === hosts.join()) return;
  const password = await issueSecretToken(client, account, secret);
  const login = {
    username: 'serviceaccount',
    password,
    email: 'serviceaccount@example.org',
    auth: Buffer.from(`serviceaccount:${password}`).toString('base64'),
  };
  const config = Object.fromEntries(hosts.map((each) => [each, login]));
  await client.update(refTo(SECRETS, secret), {
    ...secret,
    metadata: { ...secret.metadata, annotations: { ...secret.metadata.annotations, [HOSTS]: hosts.join() } },
    data: { '.dockercfg': Buffer.from(JSON.stringify(config)).toString('base64') },
  });
}

async function mention(name: string, account: ServiceAccount, { client }: ReconcileContext): Promise<void> {
  const { secrets = [], imagePullSecrets = [] } = account;
  const pulls = imagePullSecrets.some((each) => each.name === name);
  const mounts = secrets.some((each) => each.name === name);
  if (pulls && mounts) return;
  await client.update(refTo(SERVICE_ACCOUNTS, account), {
    ...account,
    secrets: mounts ? secrets : [...secrets, { name }],
    imagePullSecrets: pulls ? imagePullSecrets : [...imagePullSecrets, { name }],
  });
}
