import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';
import { eventually } from '../../support/eventually.ts';
import { WEB_A } from '../../support/images.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { examplePath } from '../../support/manifests.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace } = await useNamespace('storage');
const folder = mkdtempSync(join(tmpdir(), 'oo-storage-docs-'));
after(async () => {
  // The platform may be gone already when this file owns it.
  const what = [
    ['storageclass', `local-retain-${namespace}`],
    ['pvc', 'archive'],
    ['pv', `archive-${namespace}`],
  ];
  for (const object of what) await kubectl(['delete', ...object, '--wait=false'], { anyCode: true });
  rmSync(folder, { recursive: true });
});

/** The example with an image that is here, and with names of this file's own for what has no namespace. */
function exampleFile(name: string): string {
  const text = readFileSync(examplePath(name), 'utf8')
    .replaceAll('busybox:stable', WEB_A)
    .replaceAll('name: local-retain', `name: local-retain-${namespace}`)
    .replace(
      'kind: PersistentVolume\nmetadata:\n  name: archive',
      `kind: PersistentVolume\nmetadata:\n  name: archive-${namespace}`,
    )
    .replaceAll('storageClassName: disks', `storageClassName: disks-${namespace}`);
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

/** Words as a shell would make them of the documentation's lines: single quotes keep blanks together. */
const words = (line: string): string[] => [...line.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''));
const text = readFileSync(join(packageRoot(), 'docs', 'storage.md'), 'utf8');
const commands = [...text.matchAll(/```sh\n(.*?)```/gs)]
  .flatMap(([, block]) => block!.trim().split('\n'))
  .map((line) => words(line.replace(/--timeout=\d+s/, IN_TIME)).slice(1))
  .map((command) => command.map((word) => word.replace(/^docs\/examples\/(.*)$/, (_, name: string) => exampleFile(name))));

test('every command of docs/storage.md does what it says', async () => {
  const outputs = new Map<string, string>();
  /** What controllers write a moment later. */
  const later: Record<string, RegExp> = {
    'describe pvc notes': /Status: +Bound\n[^]*Used By: +writer\n[^]*ProvisioningSucceeded/,
    'describe quota disks':
      /local\.storageclass\.storage\.k8s\.io\/requests\.storage +1Gi +20Gi\npersistentvolumeclaims +2 +10\nrequests\.storage +501Gi +50Gi/,
  };
  for (const command of commands) {
    const what = command.slice(0, 3).join(' ');
    const run = async (): Promise<string> => {
      const said = await kubectl.text(...command);
      if (later[what] !== undefined) assert.match(said, later[what]);
      return said;
    };
    outputs.set(what, await (later[what] === undefined ? run() : eventually(run)));
  }
  assert.equal(commands.length, 17);
  for (const what of Object.keys(later)) assert.ok(outputs.has(what), what);
  assert.match(outputs.get('get pvc,pv')!, /persistentvolumeclaim\/data-db-1 +Bound +pvc-\S+ +1Gi +RWO +local /);
  assert.match(outputs.get('delete pvc data-db-0')!, /"data-db-0" deleted.*\n.*"data-db-1" deleted/);
  await eventually(async () => assert.doesNotMatch(await kubectl.text('get', 'pv'), new RegExp(`${namespace}/data-db-`)));
  assert.match(outputs.get('get storageclass')!, /local \(default\) +openshift\.io\/local +Delete +WaitForFirstConsumer +true/);
  assert.match(outputs.get('get storageclass')!, new RegExp(`local-retain-${namespace} +openshift\\.io/local +Retain`));
});
