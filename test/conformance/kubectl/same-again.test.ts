import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { sampleText } from '../../support/samples.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace } = await useNamespace('again');
const manifest = sampleText(namespace);
after(() => kubectl(['delete', '-f', '-', '--wait=false', '--ignore-not-found'], { stdin: manifest, anyCode: true }));

/** Every object of the manifest with its version, `Service/shop 17`. */
async function versions(): Promise<string[]> {
  const format = '{range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}';
  const { stdout } = await kubectl(['get', '-f', '-', '-o', `jsonpath=${format}`], { stdin: manifest });
  return stdout.trimEnd().split('\n');
}

/** Looks in a row that see the same: kubelets and controllers write what they see, some of it a second after a pod has ended. */
const QUIET_LOOKS = 8;

/** Once controllers have had their say. */
async function settled(): Promise<string[]> {
  await kubectl(['wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/shop', IN_TIME]);
  let before = await versions();
  let same = 1;
  return eventually(
    async () => {
      const now = await versions();
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

test('objects of every kind are made by apply; a second time nothing changes, and diff is empty', async () => {
  const made = (await kubectl.apply(manifest)).trimEnd().split('\n');
  assert.ok(made.length >= 45 && made.every((line) => line.endsWith(' created')), made.join('\n'));
  const before = await settled();
  for (const line of sent(await kubectl.apply(manifest))) assert.ok(PATCHED.has(line.split('/')[0]!), line);
  assert.deepEqual(await versions(), before);
  const diff = await kubectl(['diff', '-f', '-'], { stdin: manifest });
  assert.equal(diff.stdout, '');
});

test('server-side apply takes them over, and then changes nothing; nor does the way back', async () => {
  await kubectl.apply(manifest, '--server-side', '--force-conflicts');
  const before = await settled();
  await kubectl.apply(manifest, '--server-side');
  assert.deepEqual(await versions(), before);
  const diff = await kubectl(['diff', '--server-side', '-f', '-'], { stdin: manifest });
  assert.equal(diff.stdout, '');
  for (const line of sent(await kubectl.apply(manifest))) assert.ok(PATCHED.has(line.split('/')[0]!), line);
  assert.deepEqual(await versions(), before);
});
