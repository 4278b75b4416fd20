import type { KubeObject } from '../api/meta.ts';
import { unlessGone } from './api-errors.ts';
import { defineController, type ControllerDefinition, type ReconcileContext } from './define-controller.ts';
import { refTo, SECRETS, SERVICE_ACCOUNTS } from './resources.ts';
import { issueSecretToken } from './secret-token.ts';

const TYPE = 'kubernetes.io/service-account-token';
const ACCOUNT_NAME = 'kubernetes.io/service-account.name';
const ACCOUNT_UID = 'kubernetes.io/service-account.uid';

const isToken = (secret: KubeObject): boolean => secret['type'] === TYPE;
const accountOf = ({ metadata }: KubeObject): string => metadata.annotations?.[ACCOUNT_NAME] ?? '';
const encoded = (text: string): string => Buffer.from(text).toString('base64');

/**
 * Fills secrets that ask for an account's token, and takes them away with their account
 * (pkg/controller/serviceaccount/tokens_controller.go). The token is bound to its secret: deleting that revokes it.
 */
export function serviceAccountTokenController(caPem: string): ControllerDefinition {
  return defineController({
    name: 'service-account-token-controller',
    for: SECRETS,
    watches: [
      {
        of: SERVICE_ACCOUNTS,
        map: ({ metadata: { namespace = '', name = '' } }, { lister }) =>
          lister(SECRETS)
            .list(namespace)
            .filter((secret) => isToken(secret) && accountOf(secret) === name)
            .map(({ metadata }) => `${namespace}/${metadata.name}`),
      },
    ],
    concurrency: 2,
    async reconcile(key, context) {
      const secret = context.lister(SECRETS).byKey(key);
      if (secret === undefined || !isToken(secret) || secret.metadata.deletionTimestamp !== undefined) return;
      const account = await findAccount(secret, context);
      const { namespace, uid } = secret.metadata;
      const known = secret.metadata.annotations?.[ACCOUNT_UID];
      if (account === undefined || (known !== undefined && known !== account.metadata.uid)) {
        await unlessGone(context.client.delete(refTo(SECRETS, secret), { preconditions: { uid: uid! } }));
        return;
      }
      const data = { ...(secret['data'] as Record<string, string> | undefined) };
      const wanted = { 'ca.crt': encoded(caPem), namespace: encoded(namespace!) };
      const complete = data['token'] !== undefined && known !== undefined;
      if (complete && Object.entries(wanted).every(([name, value]) => data[name] === value)) return;
      const token = data['token'] ?? encoded(await issueSecretToken(context.client, account, secret));
      const annotations = { ...secret.metadata.annotations, [ACCOUNT_UID]: account.metadata.uid! };
      await context.client.update(refTo(SECRETS, secret), {
        ...secret,
        metadata: { ...secret.metadata, annotations },
        data: { ...data, ...wanted, token },
      });
    },
  });
}

/** The cache may not have a new account yet, and a secret is taken away for good: the server is asked. */
async function findAccount(secret: KubeObject, { client, lister }: ReconcileContext): Promise<KubeObject | undefined> {
  const { namespace } = secret.metadata;
  const name = accountOf(secret);
  return (
    lister(SERVICE_ACCOUNTS).get(namespace, name) ??
    (await unlessGone(client.get({ ...SERVICE_ACCOUNTS, namespace: namespace!, name })))
  );
}
