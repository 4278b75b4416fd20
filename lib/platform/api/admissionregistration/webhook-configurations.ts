import { ageColumn, countColumn, nameColumn } from '../columns.ts';
import { defineResource, type ResourceDefinition } from '../define-resource.ts';
import { type Webhook, validateWebhooks } from './webhook-validation.ts';

const configuration = (kind: string, plural: string): ResourceDefinition =>
  defineResource({
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    kind,
    plural,
    categories: ['api-extensions'],
    namespaced: false,
    schema: `io.k8s.api.admissionregistration.v1.${kind}`,
    strategy: {
      generation: true,
      validate: (object) => validateWebhooks(object.webhooks ?? []),
      warnings: (object) =>
        ((object.webhooks ?? []) as Webhook[])
          .filter((webhook) => (webhook.matchConditions ?? []).length > 0)
          .map(
            ({ name }) =>
              `webhook ${JSON.stringify(name)}: this server does not evaluate matchConditions; all that the rules match is sent`,
          ),
    },
    columns: [nameColumn, countColumn('Webhooks', (object) => (object.webhooks ?? []).length), ageColumn],
  });

export const mutatingWebhookConfiguration = configuration('MutatingWebhookConfiguration', 'mutatingwebhookconfigurations');
export const validatingWebhookConfiguration = configuration('ValidatingWebhookConfiguration', 'validatingwebhookconfigurations');
