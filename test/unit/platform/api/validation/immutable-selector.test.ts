import assert from 'node:assert/strict';
import { test } from 'node:test';
import { immutableSelector } from '../../../../../lib/platform/api/validation/immutable-selector.ts';

test('a selector that may not change is shown as Kubernetes shows it', () => {
  const old = { matchLabels: { a: 'b' } };
  const text = (value: Parameters<typeof immutableSelector>[1]) =>
    immutableSelector('spec.selector', value, old).map(({ field, message }) => `${field}: ${message}`);
  assert.deepEqual(text({ matchLabels: { a: 'b' } }), []);
  assert.deepEqual(text(undefined), ['spec.selector: Invalid value: null: field is immutable']);
  assert.deepEqual(text({ matchLabels: { tier: 'front', app: 'web' } }), [
    'spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string{"app":"web", "tier":"front"}, ' +
      'MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: field is immutable',
  ]);
  assert.deepEqual(
    text({
      matchExpressions: [
        { key: 'app', operator: 'In', values: ['web', 'shop'] },
        { key: 'x', operator: 'Exists' },
      ],
    }),
    [
      'spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string(nil), ' +
        'MatchExpressions:[]v1.LabelSelectorRequirement{' +
        'v1.LabelSelectorRequirement{Key:"app", Operator:"In", Values:[]string{"web", "shop"}}, ' +
        'v1.LabelSelectorRequirement{Key:"x", Operator:"Exists", Values:[]string(nil)}}}: field is immutable',
    ],
  );
});
