import type { EnvVar } from '../build-types.ts';
import { at, otherBranch, person, revisionOf, sameBranch, textAt, type WebhookCall, type WebhookEvent } from './webhook-event.ts';

/**
 * Anybody's call: it builds whatever it says, also when it says nothing or nothing that can be read. With `git` in it only the
 * configured branch is built (openshift-apiserver, webhook/generic).
 */
export function genericEvent(call: WebhookCall): WebhookEvent {
  if (call.body.length === 0) return { build: true };
  const type = call.header('content-type').split(';')[0]!.trim().toLowerCase();
  if (type !== 'application/json')
    return { build: true, warning: 'invalid Content-Type on payload, ignoring payload and continuing with build' };
  let payload: unknown;
  try {
    payload = JSON.parse(call.body.toString('utf8'));
  } catch (error) {
    const why = (error as Error).message;
    return { build: true, warning: `error unmarshalling payload: ${why}, ignoring payload and continuing with build` };
  }
  const options = call.allowEnv
    ? { env: variables(at(payload, 'env')), buildArgs: variables(at(payload, 'dockerStrategyOptions', 'buildArgs')) }
    : {};
  const ignored =
    !call.allowEnv && Array.isArray(at(payload, 'env')) ? { warning: 'env is ignored: the trigger does not allow it' } : {};
  const git = at(payload, 'git');
  if (typeof git !== 'object' || git === null || call.uri === undefined) return { build: true, ...options, ...ignored };
  const refs = at(git, 'refs');
  if (Array.isArray(refs) && refs.length > 0) {
    const match = refs.find((each) => sameBranch(textAt(each, 'ref'), call.ref)) as unknown;
    if (match === undefined)
      return { build: false, warning: `skipping build. None of the supplied refs matched ${JSON.stringify(call.ref)}` };
    return { build: true, ...options, ...ignored, ...commitOf(match) };
  }
  const ref = textAt(git, 'ref');
  if (ref !== '' && !sameBranch(ref, call.ref)) return otherBranch(ref);
  return { build: true, ...options, ...ignored, ...commitOf(git) };
}

const commitOf = (git: unknown): ReturnType<typeof revisionOf> =>
  revisionOf(textAt(git, 'commit'), {
    author: person(at(git, 'author')),
    committer: person(at(git, 'committer')),
    message: textAt(git, 'message'),
  });

/** Names and values; references to secrets are not for callers from elsewhere. */
function variables(list: unknown): EnvVar[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((each) =>
    textAt(each, 'name') === '' ? [] : [{ name: textAt(each, 'name'), value: textAt(each, 'value') }],
  );
}
