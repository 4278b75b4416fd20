import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { beyondLimits } from '../../../../lib/platform/api/core/limits/limit-constraints.ts';
import { type ApiUnderTest, pod, startApi } from './api-under-test.ts';

const cases: readonly [string, Parameters<typeof beyondLimits>, string[]][] = [
  ['enough', [{ type: 'Container', min: { cpu: '100m' } }, { requests: { cpu: '100m' } }], []],
  [
    'too little',
    [{ type: 'Container', min: { cpu: '100m' } }, { requests: { cpu: '50m' } }],
    ['minimum cpu usage per Container is 100m, but request is 50m'],
  ],
  ['no request', [{ type: 'Pod', min: { cpu: '1' } }, {}], ['minimum cpu usage per Pod is 1.  No request is specified']],
  [
    'too much',
    [{ type: 'Container', max: { memory: '1Gi' } }, { limits: { memory: '2Gi' } }],
    ['maximum memory usage per Container is 1Gi, but limit is 2Gi'],
  ],
  ['no limit', [{ type: 'Container', max: { cpu: '1' } }, {}], ['maximum cpu usage per Container is 1.  No limit is specified']],
  [
    'a claim that is too large',
    [{ type: 'PersistentVolumeClaim', max: { storage: '1Gi' } }, { requests: { storage: '2Gi' } }],
    ['maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi'],
  ],
  [
    'a ratio',
    [
      { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
      { requests: { cpu: '100m' }, limits: { cpu: '300m' } },
    ],
    ['cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000'],
  ],
];
for (const [name, [item, resources], expected] of cases)
  test(`limits and ${name}`, () => assert.deepEqual(beyondLimits(item, resources), expected));

let t: ApiUnderTest;
before(async () => {
  t = await startApi();
  await t.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
});
after(() => t[Symbol.asyncDispose]());

test('containers get defaults, and what is beyond the limits is refused', async () => {
  const PODS = '/api/v1/namespaces/default/pods';
  const limits = [
    { type: 'Container', default: { cpu: '500m' }, defaultRequest: { cpu: '250m' }, max: { cpu: '1' } },
    { type: 'Pod', max: { cpu: '1200m' } },
  ];
  const made = await t.call('POST', '/api/v1/namespaces/default/limitranges', {
    body: { metadata: { name: 'l' }, spec: { limits } },
  });
  assert.equal(made.code, 201, made.text);
  const plain = await t.call('POST', PODS, { body: pod('plain') });
  assert.deepEqual(plain.body.spec.containers[0].resources, { requests: { cpu: '250m' }, limits: { cpu: '500m' } });
  assert.equal(
    plain.body.metadata.annotations['kubernetes.io/limit-ranger'],
    'LimitRanger plugin set: cpu request for container c; cpu limit for container c',
  );
  const asks = (...cpus: string[]) => ({
    containers: cpus.map((cpu, i) => ({ name: `c${i}`, image: 'i', resources: { limits: { cpu }, requests: { cpu } } })),
  });
  const large = await t.call('POST', PODS, { body: pod('large', asks('2')) });
  assert.deepEqual(
    [large.code, large.body.message],
    [
      403,
      'pods "large" is forbidden: [maximum cpu usage per Container is 1, but limit is 2, maximum cpu usage per Pod is 1200m, but limit is 2]',
    ],
  );
  const many = await t.call('POST', PODS, { body: pod('many', asks('1', '1')) });
  assert.equal(many.body.message, 'pods "many" is forbidden: maximum cpu usage per Pod is 1200m, but limit is 2');
  assert.equal((await t.call('POST', PODS, { body: pod('fits', asks('1')) })).code, 201);
});
