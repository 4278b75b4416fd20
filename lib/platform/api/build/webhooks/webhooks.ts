import { createHash, timingSafeEqual } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { StreamAnswer, StreamContext, StreamSubresource } from '../../subresources/stream-subresource.ts';
import { isNotFound, newNotFound, newUnauthorized } from '../../status-error.ts';
import type { BuildConfig, BuildRequest, BuildTrigger, SourceRevision, TriggerCause, WebHookTrigger } from '../build-types.ts';
import { generateBuild } from '../generate-build.ts';
import { genericEvent } from './generic-webhook.ts';
import { bitbucketEvent, githubEvent, gitlabEvent } from './git-webhooks.ts';
import type { WebhookCall, WebhookEvent } from './webhook-event.ts';

interface WebhookKind {
  readonly type: string;
  readonly field: 'generic' | 'github' | 'gitlab' | 'bitbucket';
  readonly cause: 'genericWebHook' | 'githubWebHook' | 'gitlabWebHook' | 'bitbucketWebHook';
  readonly message: string;
  read(call: WebhookCall): WebhookEvent;
}

const KINDS: readonly WebhookKind[] = [
  { type: 'Generic', field: 'generic', cause: 'genericWebHook', message: 'Generic WebHook', read: genericEvent },
  { type: 'GitHub', field: 'github', cause: 'githubWebHook', message: 'GitHub WebHook', read: githubEvent },
  { type: 'GitLab', field: 'gitlab', cause: 'gitlabWebHook', message: 'GitLab WebHook', read: gitlabEvent },
  { type: 'Bitbucket', field: 'bitbucket', cause: 'bitbucketWebHook', message: 'Bitbucket WebHook', read: bitbucketEvent },
];

/** Key of a secret that holds the word. */
const SECRET_KEY = 'WebHookSecretKey';
/** The branch of a config that names none. */
const DEFAULT_REF = 'master';

/**
 * `buildconfigs/NAME/webhooks/SECRET/TYPE`: whoever knows the word in the path may start a build. A wrong word, a config without such a
 * trigger and a config that is not there are one and the same 401 (openshift-apiserver, pkg/build/apiserver/webhook).
 */
export const webhooks: StreamSubresource = {
  kind: 'stream',
  verbs: ['create'],
  shows: 'Build',
  absent: true,
  deeper: true,
  confidential: true,
  async answer({ parent, name, rest, body, header }, context) {
    const [word = '', type = '', ...more] = rest;
    const kind = KINDS.find(({ field }) => field === type);
    if (kind === undefined || more.length > 0)
      throw newNotFound({ group: 'build.openshift.io', resource: 'buildconfighook' }, type);
    const config = parent as BuildConfig | undefined;
    const trigger = await openedBy(word, config, kind, context);
    if (config === undefined || trigger === undefined)
      throw newUnauthorized(`the webhook "${type}" for "${name}" did not accept your secret`);
    const git = config.spec.source?.git;
    const event = kind.read({
      header,
      body: await buffer(body),
      ref: git?.ref || DEFAULT_REF,
      uri: git?.uri,
      allowEnv: trigger.allowEnv === true,
    });
    return event.build ? start(config, kind, event, context) : told(event.warning);
  },
};

async function start(
  config: BuildConfig,
  { cause, message }: WebhookKind,
  event: WebhookEvent & { build: true },
  context: StreamContext,
): Promise<StreamAnswer> {
  const revision: SourceRevision | undefined = event.revision && { type: 'Git', git: event.revision };
  const triggeredBy: TriggerCause = { message, [cause]: { ...(revision === undefined ? {} : { revision }), secret: '<secret>' } };
  const request: BuildRequest = {
    apiVersion: 'build.openshift.io/v1',
    kind: 'BuildRequest',
    metadata: { name: config.metadata.name! },
    triggeredBy: [triggeredBy],
    ...(revision === undefined ? {} : { revision }),
    ...(event.env === undefined ? {} : { env: [...event.env] }),
    ...(event.buildArgs === undefined || event.buildArgs.length === 0
      ? {}
      : { dockerStrategyOptions: { buildArgs: [...event.buildArgs] } }),
  };
  const build = await generateBuild(context, config, request);
  return event.warning === undefined ? { code: 200, object: build } : told(event.warning);
}

/** A success that has something to say. */
const told = (message: string | undefined): StreamAnswer => ({
  code: 200,
  object: {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    ...(message === undefined ? {} : { message }),
    code: 200,
  },
});

/** The trigger of that kind whose word it is. All are looked at, and each takes the same time whatever is in it. */
async function openedBy(
  word: string,
  config: BuildConfig | undefined,
  { type, field }: WebhookKind,
  context: StreamContext,
): Promise<WebHookTrigger | undefined> {
  let found: WebHookTrigger | undefined;
  for (const trigger of config?.spec.triggers ?? []) {
    const hook: WebHookTrigger | undefined = (trigger as BuildTrigger).type === type ? trigger[field] : undefined;
    if (hook === undefined) continue;
    for (const secret of [hook.secret ?? '', await referenced(hook, config!.metadata.namespace!, context)])
      if (sameText(secret, word) && secret !== '') found ??= hook;
  }
  return found;
}

async function referenced({ secretReference }: WebHookTrigger, namespace: string, { verbs }: StreamContext): Promise<string> {
  if (secretReference === undefined) return '';
  try {
    const { data } = (await verbs.get({
      group: '',
      version: 'v1',
      resource: 'secrets',
      namespace,
      name: secretReference.name,
    })) as {
      data?: Record<string, string>;
    };
    return Buffer.from(data?.[SECRET_KEY] ?? '', 'base64').toString('utf8');
  } catch (error) {
    if (isNotFound(error)) return '';
    throw error;
  }
}

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();
const sameText = (a: string, b: string): boolean => timingSafeEqual(hashOf(a), hashOf(b));
