import type { KubeObject } from '../../api/meta.ts';
import { unlessGone } from '../api-errors.ts';
import type { ReconcileContext } from '../define-controller.ts';
import { SECRETS, SERVICE_ACCOUNTS } from '../resources.ts';

const TYPES: Readonly<Record<string, string>> = {
  'kubernetes.io/dockercfg': '.dockercfg',
  'kubernetes.io/dockerconfigjson': '.dockerconfigjson',
};

interface Account extends KubeObject {
  secrets?: { name: string }[];
  imagePullSecrets?: { name: string }[];
}

/** The registry of an image's name; `docker.io` where it names none (distribution/reference). */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && (first.includes('.') || first.includes(':') || first === 'localhost') ? first : 'docker.io';
}

/** The registries that a secret has credentials for. Empty for what is no such secret. */
function registriesOf(secret: KubeObject): string[] {
  const key = TYPES[String(secret['type'] ?? '')];
  const data = (secret['data'] as Record<string, string> | undefined)?.[key ?? ''];
  if (key === undefined || data === undefined) return [];
  try {
    const parsed = JSON.parse(Buffer.from(data, 'base64').toString('utf8')) as { auths?: object };
    return Object.keys(key === '.dockercfg' ? parsed : (parsed.auths ?? {})).map((server) =>
      server
        .replace(/^https?:\/\//, '')
        .split('/')[0]!
        .replace(/^index\.docker\.io$/, 'docker.io'),
    );
  } catch {
    return [];
  }
}

/** The secret of the account with credentials for the image's registry; undefined when it has none. */
export async function secretFor(
  { client }: Pick<ReconcileContext, 'client'>,
  { namespace, account }: { readonly namespace: string; readonly account: string },
  image: string,
): Promise<string | undefined> {
  const found = await unlessGone(client.get<Account>({ ...SERVICE_ACCOUNTS, namespace, name: account }));
  const names = new Set([...(found?.secrets ?? []), ...(found?.imagePullSecrets ?? [])].map(({ name }) => name));
  for (const name of names) {
    const secret = await unlessGone(client.get({ ...SECRETS, namespace, name }));
    if (secret !== undefined && registriesOf(secret).includes(registryOf(image))) return name;
  }
  return undefined;
}
