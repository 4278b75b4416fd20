import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { KubeList, KubeObject } from '../../../lib/platform/api/meta.ts';
import { eventually } from '../../support/eventually.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { sampleText } from '../../support/samples.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace } = await useNamespace('again');
const manifest = sampleText(namespace);
after(() => kubectl(['delete', '-f', '-', '--wait=false', '--ignore-not-found'], { stdin: manifest, anyCode: true }));

/** Every object of the manifest with what anybody has written of it but its state, and when. */
async function written(): Promise<string[]> {
  const { stdout } = await kubectl(['get', '-f', '-', '-o', 'json', '--show-managed-fields'], { stdin: manifest });
  return (JSON.parse(stdout) as KubeList).items.map((object) => JSON.stringify(versionOf(object)));
}

/** Controllers and the kubelet write the states of these at any time: a pod that is slow, what is measured now and then. */
const HAVE_STATES = new Set(
  `APIService Build BuildConfig ClusterResourceQuota CronJob CustomResourceDefinition DaemonSet Deployment DeploymentConfig FlowSchema
  HorizontalPodAutoscaler ImageStream Ingress Job Namespace PersistentVolume PersistentVolumeClaim Pod PodDisruptionBudget
  PriorityLevelConfiguration Project ReplicaSet ReplicationController ResourceQuota Route Service StatefulSet
  ValidatingAdmissionPolicy`.split(/\s+/),
);

/** Of all else the version tells of every write. */
function versionOf({ status, metadata: { resourceVersion, ...metadata }, ...rest }: KubeObject): object {
  if (!HAVE_STATES.has(rest.kind!)) return { ...rest, status, metadata: { ...metadata, resourceVersion } };
  const managedFields = (metadata.managedFields as readonly { readonly subresource?: string }[] | undefined)?.filter(
    ({ subresource }) => subresource !== 'status',
  );
  return { ...rest, metadata: { ...metadata, managedFields } };
}

/** Looks in a row that see the same: what controllers have to write beside states is written soon after an object is made. */
const QUIET_LOOKS = 4;

/** Once controllers have had their say. */
async function settled(): Promise<string[]> {
  await kubectl(['wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/shop', IN_TIME]);
  let before = await written();
  let same = 1;
  return eventually(
    async () => {
      const now = await written();
      same = now.join() === before.join() ? same + 1 : 1;
      before = now;
      return same >= QUIET_LOOKS && now;
    },
    { timeout: 40_000 },
  ) as Promise<string[]>;
}

/**
 * kubectl sends a patch for what a list that is replaced as a whole lacks of the server's defaults, and says `configured`; so it does on
 * every server. Nothing may come of it.
 */
const PATCHED = new Set([
  'validatingwebhookconfiguration.admissionregistration.k8s.io',
  'mutatingwebhookconfiguration.admissionregistration.k8s.io',
  'endpoints',
  'endpointslice.discovery.k8s.io',
  'networkpolicy.networking.k8s.io',
  'deployment.apps',
  'statefulset.apps',
  'poddisruptionbudget.policy',
]);
const sent = (output: string): string[] => output.split('\n').filter((line) => line !== '' && !line.endsWith(' unchanged'));

/** Once more when a state has been written between what kubectl reads and what the server would make of it. */
const noDifference = (...options: string[]): Promise<void> =>
  eventually(async () => assert.equal((await kubectl(['diff', ...options, '-f', '-'], { stdin: manifest })).stdout, ''));

test('objects of every kind are made by apply; a second time nothing changes, and diff is empty', async () => {
  const made = (await kubectl.apply(manifest)).trimEnd().split('\n');
  assert.ok(made.length >= 45 && made.every((line) => line.endsWith(' created')), made.join('\n'));
  const before = await settled();
  for (const line of sent(await kubectl.apply(manifest))) assert.ok(PATCHED.has(line.split('/')[0]!), line);
  assert.deepEqual(await written(), before);
  await noDifference();
});

test('server-side apply takes them over, and then changes nothing; nor does the way back', async () => {
  await kubectl.apply(manifest, '--server-side', '--force-conflicts');
  const before = await settled();
  await kubectl.apply(manifest, '--server-side');
  assert.deepEqual(await written(), before);
  await noDifference('--server-side');
  for (const line of sent(await kubectl.apply(manifest))) assert.ok(PATCHED.has(line.split('/')[0]!), line);
  assert.deepEqual(await written(), before);
});
