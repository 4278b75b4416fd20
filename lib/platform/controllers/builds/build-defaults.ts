import type { Build, EnvVar } from '../../api/build/build-types.ts';
import type { KubeObject } from '../../api/meta.ts';
import type { BuildDefaults } from '../../builds/contract.ts';
import type { Client } from '../../client/client.ts';
import { isAlreadyExists, unlessGone } from '../api-errors.ts';
import { CONFIG_MAPS } from '../resources.ts';

/** The config map that has them, in each namespace that builds, and the key in it. */
export const TRUSTED_CA = { name: 'openshift-build-trusted-ca', key: 'ca-bundle.crt' } as const;

/** The build with the cluster's proxies for git, where it names none of its own. */
export function withGitProxies(build: Build, { httpProxy, httpsProxy, noProxy }: BuildDefaults): Build {
  const { source } = build.spec;
  if (source?.git === undefined) return build;
  const defaults = { ...(httpProxy && { httpProxy }), ...(httpsProxy && { httpsProxy }), ...(noProxy && { noProxy }) };
  return { ...build, spec: { ...build.spec, source: { ...source, git: { ...defaults, ...source.git } } } };
}

/** For the container that has the image made: programs know them by either spelling. */
export function proxyVariables({ httpProxy, httpsProxy, noProxy }: BuildDefaults): EnvVar[] {
  const both = (name: string, value: string | undefined): EnvVar[] =>
    value === undefined ? [] : [name, name.toLowerCase()].map((each) => ({ name: each, value: value.replaceAll('$', '$$$$') }));
  return [...both('HTTP_PROXY', httpProxy), ...both('HTTPS_PROXY', httpsProxy), ...both('NO_PROXY', noProxy)];
}

/** Sees to it that a namespace has the authorities' certificates as they are now. */
export async function publishTrustedCa(client: Client, namespace: string, pem: string): Promise<void> {
  const at = { ...CONFIG_MAPS, namespace };
  const wanted: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: TRUSTED_CA.name, namespace },
    data: { [TRUSTED_CA.key]: pem },
  };
  const found = await unlessGone(client.get({ ...at, name: TRUSTED_CA.name }));
  if ((found?.['data'] as Record<string, string> | undefined)?.[TRUSTED_CA.key] === pem) return;
  if (found !== undefined)
    return void (await client.update({ ...at, name: TRUSTED_CA.name }, { ...found, ...wanted, metadata: found.metadata }));
  try {
    await client.create(at, wanted);
  } catch (error) {
    // Another build of the namespace has begun at the same time.
    if (!isAlreadyExists(error)) throw error;
  }
}
