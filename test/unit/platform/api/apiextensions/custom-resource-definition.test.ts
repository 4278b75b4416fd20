import assert from 'node:assert/strict';
import { test } from 'node:test';
import { customResourceDefinition as kind } from '../../../../../lib/platform/api/apiextensions/custom-resource-definition.ts';
import type { KubeObject } from '../../../../../lib/platform/api/meta.ts';
import { customResourceDefinition, type DefinitionParts } from '../../../../support/custom-resources.ts';

/** What a definition has against it, as a client would read it. */
function causesOf(parts: DefinitionParts): string[] {
  const object = customResourceDefinition(parts);
  kind.strategy!.defaults!(object);
  void kind.strategy!.prepareForCreate!(object, {} as never);
  return kind.strategy!.validate!(object).map(({ field, message }) => `${field}: ${message}`);
}

const withSchema = (schema: object): DefinitionParts => ({ version: { schema: { openAPIV3Schema: schema } } });
const withField = (schema: object): DefinitionParts => withSchema({ type: 'object', properties: { a: schema } });
const AT = 'spec.versions[0].schema.openAPIV3Schema';

const CASES: readonly (readonly [string, DefinitionParts, readonly string[]])[] = [
  ['what is right', {}, []],
  [
    'a name that is not plural and group',
    { metadata: { name: 'x.example.com' } },
    ['metadata.name: Invalid value: "x.example.com": must be spec.names.plural+"."+spec.group'],
  ],
  [
    'a group without a dot',
    { group: 'example' },
    ['spec.group: Invalid value: "example": should be a domain with at least one dot'],
  ],
  [
    'a scope',
    { spec: { scope: 'Galaxy' } },
    ['spec.scope: Unsupported value: "Galaxy": supported values: "Cluster", "Namespaced"'],
  ],
  [
    'no version that is stored',
    { version: { storage: false } },
    [
      'spec.versions: Invalid value: [{"name":"v1","served":true,"storage":false,"schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]: must have exactly one version marked as storage version',
      'status.storedVersions: Invalid value: []string{}: must have at least one stored version',
    ],
  ],
  ['no schema', { version: { schema: {} } }, [`${AT}: Required value: schemas are required`]],
  [
    'a group of Kubernetes without its leave',
    { group: 'x.k8s.io' },
    [
      'metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
    ],
  ],
  [
    'a warning for what is not deprecated',
    { version: { deprecationWarning: 'x' } },
    ['spec.versions[0].deprecationWarning: Invalid value: "x": can only be set for deprecated versions'],
  ],
  [
    'a webhook that is nowhere',
    { spec: { conversion: { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v7'] } } } },
    [
      'spec.conversion.webhook.clientConfig: Required value: required when strategy is set to Webhook',
      'spec.conversion.webhook.conversionReviewVersions: Invalid value: []string{"v7"}: must include at least one of v1, v1beta1',
    ],
  ],
  [
    'columns',
    {
      version: {
        additionalPrinterColumns: [
          { name: 'x', type: 'cat', jsonPath: 'spec' },
          { name: 'y', type: 'string', jsonPath: '.a[' },
        ],
      },
    },
    [
      'spec.versions[0].additionalPrinterColumns[0].type: Invalid value: "cat": must be one of boolean,date,integer,number,string',
      'spec.versions[0].additionalPrinterColumns[0].jsonPath: Invalid value: "spec": must be a simple json path starting with .',
      'spec.versions[0].additionalPrinterColumns[1].jsonPath: Invalid value: ".a[": unrecognized column definition ".a["',
    ],
  ],
  [
    'scale',
    { version: { subresources: { scale: { specReplicasPath: '.status.x', labelSelectorPath: '.metadata.x' } } } },
    [
      'spec.versions[0].subresources.scale.specReplicasPath: Invalid value: ".status.x": should be a json path under .spec',
      'spec.versions[0].subresources.scale.statusReplicasPath: Required value',
      'spec.versions[0].subresources.scale.labelSelectorPath: Invalid value: ".metadata.x": should be a json path under either .spec or .status',
    ],
  ],
  ['no type', withField({}), [`${AT}.properties[a].type: Required value: must not be empty for specified object fields`]],
  [
    'a root that is no object',
    withSchema({ type: 'array', items: { type: 'string' } }),
    [`${AT}.type: Invalid value: "array": must be object at the root`],
  ],
  [
    'types within junctors',
    withField({ type: 'string', anyOf: [{ type: 'string' }] }),
    [`${AT}.properties[a].anyOf[0].type: Forbidden: must be empty to be structural`],
  ],
  [
    'fields that are only judged',
    withSchema({ type: 'object', anyOf: [{ required: ['x'], properties: { x: { minimum: 1 } } }] }),
    [`${AT}.properties[x]: Required value: because it is defined in ${AT}.anyOf[0].properties[x]`],
  ],
  [
    'what would be quadratic, and what is not supported',
    withField({ type: 'array', uniqueItems: true, items: { type: 'string' } }),
    [
      `${AT}.properties[a].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic`,
    ],
  ],
  [
    'fields and any fields',
    withField({ type: 'object', properties: { b: { type: 'string' } }, additionalProperties: { type: 'string' } }),
    [`${AT}.properties[a].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive`],
  ],
  [
    'an expression that is none',
    withField({ type: 'string', pattern: '(' }),
    [
      `${AT}.properties[a].pattern: Invalid value: "(": must be a valid regular expression, but isn't: error parsing regexp: missing closing ): \`(\``,
    ],
  ],
  [
    'keys of a list that need not be there',
    withField({
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
      items: { type: 'object', properties: { k: { type: 'string' } } },
    }),
    [
      `${AT}.properties[a].items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`,
    ],
  ],
  [
    'defaults that do not fit',
    withField({ type: 'integer', default: 'x' }),
    [
      `${AT}.properties[a].default: Invalid value: "string": ${AT}.properties[a].default in body must be of type integer: "string"`,
    ],
  ],
  [
    'defaults with unknown fields',
    withField({ type: 'object', properties: { b: { type: 'string' } }, default: { c: 1 } }),
    [`${AT}.properties[a].default: Invalid value: {"c":1}: must not have unknown fields`],
  ],
  [
    'metadata of the root',
    withSchema({ type: 'object', properties: { metadata: { type: 'object', properties: { labels: { type: 'object' } } } } }),
    [
      `${AT}.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified`,
    ],
  ],
  [
    'fields to select by',
    { version: { selectableFields: [{ jsonPath: '.spec.x' }, { jsonPath: '' }] } },
    [
      'spec.versions[0].selectableFields[0].jsonPath: Invalid value: ".spec.x": is an invalid path: does not refer to a valid field',
      'spec.versions[0].selectableFields[1].jsonPath: Required value',
    ],
  ],
];

for (const [what, parts, causes] of CASES)
  test(`a definition is judged in Kubernetes' words: ${what}`, () => assert.deepEqual(causesOf(parts), causes));

test('what is established keeps its kind and scope, and always its group and plural', () => {
  const old = customResourceDefinition();
  const status = { conditions: [{ type: 'Established', status: 'True' }] };
  const changed = customResourceDefinition({ kind: 'Other', scope: 'Cluster' });
  const causes = kind.strategy!.validateUpdate!(changed, { ...old, status } as KubeObject);
  assert.deepEqual(
    causes.map(({ field, message }) => `${field}: ${message}`),
    ['spec.scope: Invalid value: "Cluster": field is immutable', 'spec.names.kind: Invalid value: "Other": field is immutable'],
  );
  assert.deepEqual(kind.strategy!.validateUpdate!(changed, { ...old, status: {} } as KubeObject), []);
});

test('formats that nobody knows, and rules that nobody evaluates, are warned of', () => {
  const object = customResourceDefinition(withField({ type: 'string', format: 'shoe-size' }));
  assert.deepEqual(kind.strategy!.warnings!(object), ['unrecognized format "shoe-size"']);
});

test('schemas within schemas without end are refused, not walked', () => {
  let schema: object = { type: 'string' };
  for (let i = 0; i < 5000; i++) schema = { type: 'object', properties: { a: schema } };
  assert.match(causesOf(withSchema(schema))[0]!, /nested deeper than 100/);
});
