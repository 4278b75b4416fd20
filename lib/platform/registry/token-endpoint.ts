import type { IncomingMessage, ServerResponse } from 'node:http';
import type { KubeObject } from '../api/meta.ts';
import type { Mount, Visit } from '../api/mount.ts';
import type { UserInfo } from '../api/verbs.ts';
import type { Client } from '../client/client.ts';
import { TOKEN_PATH } from './registry-settings.ts';
import { withoutRoom } from './room-in-stream.ts';
import { parseScopes, projectAndStream } from './scopes.ts';
import type { Access, IssueToken } from './token-issuer.ts';

const STREAMS = { group: 'image.openshift.io', version: 'v1', resource: 'imagestreams' };

/** Which right to a stream's layers an action of the registry's needs. */
const VERBS: Readonly<Record<string, string>> = { pull: 'get', push: 'update' };

/** Of the request's audit event: why there is no right to push. */
const REFUSED = 'registry.openshift.io/push-refused';

export interface TokenEndpointOptions {
  /** As somebody who may review access. */
  readonly client: Client;
  readonly issue: IssueToken;
  /** The node where what is pushed would no longer find room; undefined: it would. */
  readonly fullDisk: () => Promise<string | undefined>;
}

/**
 * GET /registry/token (Distribution's token specification): who shows a token of the platform, as the password of any name, gets one for
 * the registry with as much as his roles give him. Nobody gets an error for asking too much: what is not in the token the registry refuses.
 * While the registry's disk is almost full nobody may push, and everybody goes on pulling; nor is pushed what could not become a tag.
 */
export function tokenEndpoint(options: TokenEndpointOptions): Mount {
  return {
    path: TOKEN_PATH,
    credentials: 'password',
    handle: (request, response, visit) => answerToken(options, request, response, visit),
  };
}

async function answerToken(
  { client, issue, fullDisk }: TokenEndpointOptions,
  request: IncomingMessage,
  response: ServerResponse,
  { user, annotate }: Pick<Visit, 'user' | 'annotate'>,
): Promise<void> {
  if (request.method !== 'GET') return answer(response, 405, { details: 'the method must be GET' }, { allow: 'GET' });
  if (user === undefined)
    return answer(
      response,
      401,
      { details: 'unauthorized: the password must be a token of the platform' },
      { 'www-authenticate': 'Basic realm="openshift"' },
    );
  const { searchParams } = new URL(request.url ?? '', 'https://registry.invalid');
  const wanted = await withoutPushes(parseScopes(searchParams.getAll('scope')), fullDisk, annotate);
  const access = await Promise.all(
    wanted.map(async (scope) => withinLimits(client, await granted(client, user, scope), annotate)),
  );
  const { token, expiresIn, issuedAt } = await issue(
    user.name,
    access.filter(({ actions }) => actions.length > 0),
  );
  answer(response, 200, { token, access_token: token, expires_in: expiresIn, issued_at: issuedAt });
}

/** What is asked for, as far as there is room for it. Why there was none is in the audit log: the protocol has no words for it. */
async function withoutPushes(
  scopes: readonly Access[],
  fullDisk: () => Promise<string | undefined>,
  annotate: Visit['annotate'],
): Promise<readonly Access[]> {
  if (!scopes.some(({ actions }) => actions.includes('push'))) return scopes;
  const node = await fullDisk();
  if (node === undefined) return scopes;
  annotate(REFUSED, `node ${node} has disk pressure`);
  return scopes.map((scope) => ({ ...scope, actions: scope.actions.filter((action) => action !== 'push') }));
}

/** What the user may do, as far as his project has room for what comes of it. */
async function withinLimits(client: Client, scope: Access, annotate: Visit['annotate']): Promise<Access> {
  const of = scope.actions.includes('push') ? projectAndStream(scope.name) : undefined;
  const why = of && (await withoutRoom(client, of));
  if (why === undefined) return scope;
  annotate(REFUSED, why);
  return { ...scope, actions: scope.actions.filter((action) => action !== 'push') };
}

/** The scope with those of its actions that the user may do. */
async function granted(client: Client, user: UserInfo, scope: Access): Promise<Access> {
  const of = scope.type === 'repository' ? projectAndStream(scope.name) : undefined;
  if (of === undefined) return { ...scope, actions: [] };
  const known = scope.actions.filter((action) => Object.hasOwn(VERBS, action));
  const allowed = await Promise.all(known.map((action) => mayDo(client, user, VERBS[action]!, of)));
  return { ...scope, actions: known.filter((_, i) => allowed[i]) };
}

async function mayDo(
  client: Client,
  user: UserInfo,
  verb: string,
  of: { readonly namespace: string; readonly name: string },
): Promise<boolean> {
  const review: KubeObject = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    metadata: {},
    spec: {
      user: user.name,
      groups: user.groups,
      ...(user.uid === undefined ? {} : { uid: user.uid }),
      ...(user.extra === undefined ? {} : { extra: user.extra }),
      resourceAttributes: { ...STREAMS, subresource: 'layers', verb, ...of },
    },
  };
  const answer = await client.create({ group: 'authorization.k8s.io', version: 'v1', resource: 'subjectaccessreviews' }, review);
  return answer['status'].allowed === true;
}

function answer(response: ServerResponse, code: number, body: object, headers: Readonly<Record<string, string>> = {}): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response
    .writeHead(code, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'content-length': bytes.length,
      ...headers,
    })
    .end(bytes);
}
