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
import type { AdmissionPlugin, AdmissionRequest } from '../admission-plugin.ts';
import { reviewOf, type Verdict, verdictOf } from './admission-review.ts';
import { callWebhook } from './call-webhook.ts';
import { patchRequest } from './patch-request.ts';
import { wants } from './webhook-matching.ts';

/** Asks the servers that webhook configurations name (MutatingAdmissionWebhook, ValidatingAdmissionWebhook). */
export const webhookAdmission = (log: Log): AdmissionPlugin => ({
  name: 'AdmissionWebhook',
  admit: (request) => mutate(request, log),
  validate: async (request) => {
    await Promise.all(webhooksFor(request, validatingWebhookConfiguration).map((webhook) => ask(webhook, request, log)));
  },
});

/** Those that want to hear of the request, in the order of their configurations' names. */
function webhooksFor(request: AdmissionRequest, configuration: ResourceDefinition): Webhook[] {
  const { definition, cache } = request;
  const configurations = cache.resource(resourcePrefix(configuration));
  // A webhook must never keep anybody from mending or removing webhooks.
  const isOfWebhooks = [mutatingWebhookConfiguration, validatingWebhookConfiguration].some(
    (each) => each.group === definition.group && each.plural === definition.plural,
  );
  if (configurations.size === 0 || isOfWebhooks) return [];
  return configurations
    .snapshot()
    .flatMap(({ object }) => (object['webhooks'] ?? []) as Webhook[])
    .filter((webhook) => wants(webhook, request));
}

/** One after another, each on what the last one left. Those that ask for it hear once more of what changed after them. */
async function mutate(request: AdmissionRequest, log: Log): Promise<void> {
  const webhooks = webhooksFor(request, mutatingWebhookConfiguration);
  let lastChange = -1;
  for (const [i, webhook] of webhooks.entries()) if (await change(webhook, request, log)) lastChange = i;
  for (const webhook of webhooks.slice(0, Math.max(0, lastChange)))
    if (webhook.reinvocationPolicy === 'IfNeeded') await change(webhook, request, log);
}

async function change(webhook: Webhook, request: AdmissionRequest, log: Log): Promise<boolean> {
  const verdict = await ask(webhook, request, log);
  if (verdict?.patch === undefined || request.object === undefined) return false;
  try {
    return patchRequest(request, verdict.patch);
  } catch (error) {
    if (!tolerates(webhook, error, log)) throw failed(webhook, error);
    return false;
  }
}

/** Throws when the answer is no, or when there is none and the webhook's policy does not put up with that. */
async function ask(webhook: Webhook, request: AdmissionRequest, log: Log): Promise<Verdict | undefined> {
  let verdict: Verdict;
  try {
    const review = reviewOf(request, webhook.admissionReviewVersions ?? []);
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
