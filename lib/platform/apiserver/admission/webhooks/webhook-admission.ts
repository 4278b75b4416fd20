import { errorText } from '../../../../common/errors.ts';
import type { Log } from '../../../../common/log.ts';
import {
  mutatingWebhookConfiguration,
  validatingWebhookConfiguration,
} from '../../../api/admissionregistration/webhook-configurations.ts';
import type { Webhook } from '../../../api/admissionregistration/webhook-validation.ts';
import type { ResourceDefinition } from '../../../api/define-resource.ts';
import { newInternalError, StatusError } from '../../../api/status-error.ts';
import { resourcePrefix } from '../../store/storage-key.ts';
import type { ResourceTable } from '../../kinds/resource-table.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../admission-plugin.ts';
import { conditionsMatch } from '../matching/match-conditions.ts';
import { matchedRequest, type MatchedRequest } from '../matching/matched-request.ts';
import { decidesAdmission, matchedVersion } from '../matching/request-matching.ts';
import type { Ask } from '../../../api/expressions/library/authorizers.ts';
import { reviewOf, type Verdict, verdictOf } from './admission-review.ts';
import { callWebhook } from './call-webhook.ts';
import { patchRequest } from './patch-request.ts';

export interface WebhookOptions {
  readonly table: ResourceTable;
  /** Who may do what, for match conditions. */
  readonly ask: Ask;
  readonly log: Log;
}

/** Asks the servers that webhook configurations name (MutatingAdmissionWebhook, ValidatingAdmissionWebhook). */
export const webhookAdmission = (options: WebhookOptions): AdmissionPlugin => ({
  name: 'AdmissionWebhook',
  admit: (request) => mutate(request, options),
  validate: async (request) => {
    await Promise.all(webhooksFor(request, validatingWebhookConfiguration).map((webhook) => review(webhook, request, options)));
  },
});

/** All that there are, in the order of their configurations' names. */
function webhooksFor({ definition, cache }: AdmissionRequest, configuration: ResourceDefinition): Webhook[] {
  const configurations = cache.resource(resourcePrefix(configuration));
  // Nothing may keep anybody from mending or removing webhooks and policies.
  if (configurations.size === 0 || decidesAdmission(definition)) return [];
  return configurations.snapshot().flatMap(({ object }) => (object['webhooks'] ?? []) as Webhook[]);
}

/** One after another, each on what the last one left. Those that ask for it hear once more of what changed after them. */
async function mutate(request: AdmissionRequest, options: WebhookOptions): Promise<void> {
  const webhooks = webhooksFor(request, mutatingWebhookConfiguration);
  let lastChange = -1;
  for (const [i, webhook] of webhooks.entries()) if (await change(webhook, request, options)) lastChange = i;
  for (const webhook of webhooks.slice(0, Math.max(0, lastChange)))
    if (webhook.reinvocationPolicy === 'IfNeeded') await change(webhook, request, options);
}

async function change(webhook: Webhook, request: AdmissionRequest, options: WebhookOptions): Promise<boolean> {
  const answer = await review(webhook, request, options);
  if (answer?.verdict.patch === undefined || request.object === undefined) return false;
  try {
    return await patchRequest(answer.matched, answer.verdict.patch);
  } catch (error) {
    if (!tolerates(webhook, error, options.log)) throw failed(webhook, error);
    return false;
  }
}

/** Asks a webhook that wants to hear of the request; undefined when it does not, or need not have answered. */
async function review(
  webhook: Webhook,
  request: AdmissionRequest,
  { table, ask, log }: WebhookOptions,
): Promise<{ readonly matched: MatchedRequest; readonly verdict: Verdict } | undefined> {
  const version = matchedVersion({ ...webhook, rules: webhook.rules ?? [] }, request, table);
  if (version === undefined) return undefined;
  const matched = await matchedRequest(request, version);
  if (!conditionsMatch(webhook, webhook.failurePolicy, matched, ask)) return undefined;
  const verdict = await call(webhook, matched, log);
  return verdict === undefined ? undefined : { matched, verdict };
}

/** Throws when the answer is no, or when there is none and the webhook's policy does not put up with that. */
async function call(webhook: Webhook, matched: MatchedRequest, log: Log): Promise<Verdict | undefined> {
  const { request } = matched;
  let verdict: Verdict;
  try {
    const review = reviewOf(matched, webhook.admissionReviewVersions ?? []);
    verdict = verdictOf(review, await callWebhook(webhook, request.cache, review.body));
  } catch (error) {
    if (!tolerates(webhook, error, log)) throw failed(webhook, error);
    return undefined;
  }
  request.warnings.push(...verdict.warnings);
  if (!verdict.allowed) throw denied(webhook, verdict);
  return verdict;
}

function tolerates({ name, failurePolicy }: Webhook, error: unknown, log: Log): boolean {
  if (failurePolicy !== 'Ignore') return false;
  log.warn({ webhook: name, error: errorText(error) }, 'a webhook failed and is passed over, as its policy says');
  return true;
}

const failed = ({ name }: Webhook, error: unknown): StatusError =>
  newInternalError(`failed calling webhook ${JSON.stringify(name)}: failed to call webhook: ${errorText(error)}`);

/** The webhook's own status, with its name before the text (apiserver's webhook/errors ToStatusErr). */
function denied({ name }: Webhook, { status = {} }: Verdict): StatusError {
  const by = `admission webhook ${JSON.stringify(name)} denied the request`;
  const why = status.message || status.reason;
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: why ? `${by}: ${why}` : `${by} without explanation`,
    ...(status.reason ? { reason: status.reason } : {}),
    code: typeof status.code === 'number' && status.code >= 400 && status.code < 600 ? status.code : 400,
  });
}
