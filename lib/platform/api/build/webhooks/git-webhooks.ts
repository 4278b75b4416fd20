import { newBadRequest } from '../../status-error.ts';
import { at, otherBranch, person, revisionOf, sameBranch, textAt, type WebhookCall, type WebhookEvent } from './webhook-event.ts';

function jsonOf({ body, header }: WebhookCall): unknown {
  const type = header('content-type').split(';')[0]!.trim().toLowerCase();
  if (type !== 'application/json') throw newBadRequest(`unsupported Content-Type ${header('content-type') || '""'}`);
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch (error) {
    throw newBadRequest(`the payload is no JSON: ${(error as Error).message}`);
  }
}

/** GitHub, and Gogs that speaks like it: pushes to the branch build, a ping is answered. */
export function githubEvent(call: WebhookCall): WebhookEvent {
  const event = call.header('x-github-event') || call.header('x-gogs-event') || call.header('x-gitea-event');
  const payload = jsonOf(call);
  if (event === '') throw newBadRequest('missing X-GitHub-Event or X-Gogs-Event');
  if (event === 'ping') return { build: false };
  if (event !== 'push') throw newBadRequest(`unknown X-GitHub-Event or X-Gogs-Event ${event}`);
  const ref = textAt(payload, 'ref');
  if (!sameBranch(ref, call.ref)) return otherBranch(ref);
  const head = at(payload, 'head_commit') ?? lastOf(at(payload, 'commits'));
  return { build: true, ...commitOf(head, textAt(payload, 'after')) };
}

/** GitLab's push hook. */
export function gitlabEvent(call: WebhookCall): WebhookEvent {
  const event = call.header('x-gitlab-event');
  const payload = jsonOf(call);
  if (event === '') throw newBadRequest('missing X-Gitlab-Event');
  if (event !== 'Push Hook') throw newBadRequest(`unknown X-Gitlab-Event ${event}`);
  const ref = textAt(payload, 'ref');
  if (!sameBranch(ref, call.ref)) return otherBranch(ref);
  return { build: true, ...commitOf(lastOf(at(payload, 'commits')), textAt(payload, 'checkout_sha')) };
}

/** Bitbucket's push, of the service and of the server. */
export function bitbucketEvent(call: WebhookCall): WebhookEvent {
  const event = call.header('x-event-key');
  const payload = jsonOf(call);
  if (event === '') throw newBadRequest('missing X-Event-Key');
  if (event !== 'repo:push' && event !== 'repo:refs_changed') throw newBadRequest(`unknown X-Event-Key ${event}`);
  const changes = at(payload, 'push', 'changes') ?? at(payload, 'changes');
  const names: string[] = [];
  for (const change of Array.isArray(changes) ? changes : []) {
    const name = textAt(change, 'new', 'name') || textAt(change, 'ref', 'displayId');
    names.push(name);
    if (!sameBranch(name, call.ref)) continue;
    const target = at(change, 'new', 'target');
    const author = { name: textAt(target, 'author', 'user', 'display_name') || textAt(target, 'author', 'raw'), email: '' };
    const hash = textAt(target, 'hash') || textAt(change, 'toHash');
    return { build: true, ...revisionOf(hash, { author, committer: author, message: textAt(target, 'message') }) };
  }
  return otherBranch(names[0] ?? '');
}

const lastOf = (list: unknown): unknown => (Array.isArray(list) ? list.at(-1) : undefined);

const commitOf = (commit: unknown, otherwise: string): ReturnType<typeof revisionOf> =>
  revisionOf(textAt(commit, 'id') || otherwise, {
    author: person(at(commit, 'author')),
    committer: person(at(commit, 'committer') ?? at(commit, 'author')),
    message: textAt(commit, 'message'),
  });
