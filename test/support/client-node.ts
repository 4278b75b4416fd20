import * as k8s from '@kubernetes/client-node';
import type { KubeObject } from '../../lib/platform/api/meta.ts';

/** The unmodified client of npm, with one kubeconfig. */
export function kubeConfig(path: string): k8s.KubeConfig {
  const config = new k8s.KubeConfig();
  config.loadFromFile(path);
  return config;
}

type Call = (request: object, options?: object) => Promise<never>;

/** The methods that the client has for one kind: `createNamespacedPod` and its like, by verb. */
export interface TypedMethods {
  readonly create: Call;
  readonly read: Call;
  readonly list: Call;
  readonly replace: Call;
  readonly patch: Call;
  readonly delete: Call;
  readonly namespaced: boolean;
}

/** What the client calls the API of a group and version: `RbacAuthorizationV1Api`. */
function apiName(apiVersion: string): string {
  const [version, group = 'core'] = apiVersion.split('/').reverse() as [string, string?];
  const words = [...group.replace(/\.k8s\.io$/, '').split('.'), version];
  return `${words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('')}Api`;
}

/** @throws TypeError when the client knows no such kind */
export function typedMethods(
  config: k8s.KubeConfig,
  { apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>,
): TypedMethods {
  const Api = (k8s as unknown as Record<string, k8s.ApiConstructor<k8s.ApiType>>)[apiName(apiVersion)]!;
  const api = config.makeApiClient(Api) as Record<string, Call>;
  const namespaced = api[`createNamespaced${kind}`] !== undefined;
  const method = (verb: string): Call => {
    const name = `${verb}${namespaced ? 'Namespaced' : ''}${kind}`;
    return api[name]!.bind(api);
  };
  return {
    namespaced,
    create: method('create'),
    read: method('read'),
    list: method('list'),
    replace: method('replace'),
    patch: method('patch'),
    delete: method('delete'),
  };
}

/** How a patch is to be read, as a second argument of `patch`. */
export const patchAs = (strategy: k8s.PatchStrategy): object => k8s.setHeaderOptions('Content-Type', strategy);

/** The status of a failed call: code and what the server said. @throws Error when it does not fail */
export async function refusal(call: Promise<unknown>): Promise<{ code: number; message: string; reason: string }> {
  let answer: unknown;
  try {
    answer = await call;
  } catch (error) {
    if (!(error instanceof k8s.ApiException)) throw error;
    // The client drops the body of an answer 401.
    const body = (typeof error.body === 'string' ? JSON.parse(error.body) : (error.body ?? {})) as {
      message: string;
      reason: string;
    };
    return { code: error.code, message: body.message, reason: body.reason };
  }
  throw new Error(`the call did not fail but gave ${JSON.stringify(answer)}`);
}
