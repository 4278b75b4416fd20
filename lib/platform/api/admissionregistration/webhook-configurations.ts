import { ageColumn, countColumn, nameColumn } from '../columns.ts';
import { defineResource, type ResourceDefinition } from '../define-resource.ts';
import { validateWebhooks } from './webhook-validation.ts';

const configuration = (kind: string, plural: string): ResourceDefinition =>
  defineResource({
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    kind,
    plural,
    categories: ['api-extensions'],
    namespaced: false,
    decides: true,
    schema: `io.k8s.api.admissionregistration.v1.${kind}`,
    strategy: {
      generation: true,
      validate: (object) => validateWebhooks(object.webhooks ?? []),
    },
    columns: [nameColumn, countColumn('Webhooks', (object) => (object.webhooks ?? []).length), ageColumn],
  });

export const mutatingWebhookConfiguration = configuration('MutatingWebhookConfiguration', 'mutatingwebhookconfigurations');
export const validatingWebhookConfiguration = configuration('ValidatingWebhookConfiguration', 'validatingwebhookconfigurations');
