import type { ActionContext, ActionSubresource } from '../subresources/action-subresource.ts';
import type { TokenBinding } from '../tokens.ts';
import type { KubeObject } from '../meta.ts';
import { isNotFound, newBadRequest, newConflict, newInvalid, type StatusCause } from '../status-error.ts';
import { invalid } from '../validation/causes.ts';

const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;

/** `POST serviceaccounts/NAME/token` (authentication.k8s.io/v1 TokenRequest; pkg/registry/core/serviceaccount/storage/token.go). */
export const tokenRequest: ActionSubresource = {
  kind: 'action',
  body: {
    group: 'authentication.k8s.io',
    version: 'v1',
    kind: 'TokenRequest',
    schema: 'io.k8s.api.authentication.v1.TokenRequest',
  },
  confidential: true,
  run: issueToken,
};

async function issueToken(account: KubeObject, request: KubeObject, context: ActionContext): Promise<KubeObject> {
  const spec = request.spec ?? {};
  const causes: StatusCause[] = [];
  if (spec.expirationSeconds < MIN_SECONDS)
    causes.push(invalid('spec.expirationSeconds', spec.expirationSeconds, 'may not specify a duration less than 10 minutes'));
  if (spec.expirationSeconds > MAX_SECONDS)
    causes.push(invalid('spec.expirationSeconds', spec.expirationSeconds, 'may not specify a duration larger than 2^32 seconds'));
  if (causes.length > 0)
    throw newInvalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, request.metadata?.name ?? '', causes);
  const { name = '', namespace = '', uid = '' } = account.metadata;
  const bound = await bindingOf(spec.boundObjectRef, namespace, name, context);
  const status = context.dryRun
    ? { token: '', expirationTimestamp: null }
    : await context.issueToken({
        namespace,
        account: { name, uid },
        audiences: spec.audiences ?? [],
        expirationSeconds: spec.expirationSeconds,
        bound,
      });
  return {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: { name, namespace, creationTimestamp: context.now },
    spec,
    status,
  };
}

interface ObjectReference {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly name?: string;
  readonly uid?: string;
}

/** What a token is bound to: it dies with that. */
async function bindingOf(
  ref: ObjectReference | undefined,
  namespace: string,
  account: string,
  context: ActionContext,
): Promise<TokenBinding> {
  if (ref === undefined) return {};
  const get = async (resource: string, within?: string): Promise<KubeObject> => {
    const of = { group: '', version: 'v1', resource, name: ref.name ?? '' };
    const object = await context.verbs.get(within === undefined ? of : { ...of, namespace: within });
    checkUid(ref, resource, object);
    return object;
  };
  switch (ref.apiVersion === 'v1' ? ref.kind : '') {
    case 'Pod': {
      const pod = await get('pods', namespace);
      const used = pod.spec.serviceAccountName ?? '';
      if (used !== account)
        throw newBadRequest(
          `cannot bind token for serviceaccount "${account}" to pod running with different serviceaccount name: "${used}"`,
        );
      return { pod: named(pod), ...(await hostOf(pod, context)) };
    }
    case 'Secret':
      return { secret: named(await get('secrets', namespace)) };
    case 'Node':
      return { node: named(await get('nodes')) };
    default:
      throw newBadRequest(
        `cannot bind token for serviceaccount "${account}" to object with GVK /${ref.apiVersion ?? ''}, Kind=${ref.kind ?? ''}`,
      );
  }
}

const named = ({ metadata: { name = '', uid = '' } }: KubeObject): { name: string; uid: string } => ({ name, uid });

function checkUid(ref: ObjectReference, resource: string, { metadata }: KubeObject): void {
  if (ref.uid === undefined || ref.uid === '' || ref.uid === metadata.uid) return;
  throw newConflict(
    { group: '', resource },
    ref.name ?? '',
    `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
  );
}

/** The node that the pod runs on, for whoever reads the token. One that is gone is no reason to refuse. */
async function hostOf(pod: KubeObject, { verbs }: ActionContext): Promise<TokenBinding> {
  const name: string = pod.spec.nodeName ?? '';
  if (name === '') return {};
  const node = await verbs.get({ group: '', version: 'v1', resource: 'nodes', name }).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  return node === undefined ? {} : { node: named(node) };
}
