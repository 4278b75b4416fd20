import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';
import { eventually } from '../../support/eventually.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace } = await useNamespace('workloads');
const shop = `${namespace}-shop`;
after(() => kubectl(['delete', 'namespace', shop, '--wait=false'], { anyCode: true }));

/** docs/workloads.md, its commands in a namespace of this test's own and from the folder in which a reader stands. */
const commands = [...readFileSync(join(packageRoot(), 'docs', 'workloads.md'), 'utf8').matchAll(/```sh\n(.*?)```/gs)]
  .flatMap(([, block]) => block!.trim().split('\n'))
  .map((line) =>
    line
      .replaceAll(/(?<=namespace )shop\b/g, shop)
      .replaceAll('docs/examples', join(packageRoot(), 'docs', 'examples'))
      .replace(/--timeout=\d+s/, IN_TIME),
  )
  .map((line) => [...line.matchAll(/'([^']*)'|(\S+)/g)].slice(1).map(([, quoted, plain]) => quoted ?? plain!));

test('every command of docs/workloads.md does what it says', async () => {
  const outputs = new Map<string, string>();
  for (const command of commands) {
    const run = (): Promise<string> => kubectl.text(...command);
    // A pod's name leads to it a moment after it is ready, and the next pod of a set comes a moment after the one before has gone.
    const said = await (command.includes('wget') || command.includes('wait') ? eventually(run) : run());
    outputs.set(command.filter((word) => word !== '--namespace' && word !== shop).join(' '), said);
  }
  const said = (start: string): string => [...outputs].find(([command]) => command.startsWith(start))![1];
  assert.ok(commands.length > 30, `${commands.length} commands`);
  assert.match(said('rollout status deployment/web'), /deployment "web" successfully rolled out/);
  assert.match(said('rollout history deployment/web'), /^1 +<none>\n2 +<none>$/m);
  assert.equal(said('rollout undo'), 'deployment.apps/web rolled back');
  assert.equal(said('exec db-0 -- cat /data/file'), 'kept');
  assert.match(said('exec db-1 -- wget'), /pod=db-0/);
  assert.match(said('get persistentvolumeclaims'), /^data-db-0 +Bound /m);
  assert.match(said('get pods --selector app=agent'), /^agent-\w{5} +1\/1 +Running /m);
  assert.deepEqual(
    said('logs --selector job-name=pieces')
      .split('\n')
      .map((line) => line.replace(/^\S+ /, ''))
      .toSorted(),
    ['piece 0', 'piece 1', 'piece 2'],
  );
  assert.match(said('describe pod db-0'), /Ready: +True/);
  assert.match(said('debug db-0'), /^(Targeting container "db"[^]*)?$/);
  // What the debugger saw are the processes of the other container.
  await eventually(async () => assert.match(await kubectl.text('logs', 'db-0', '-c', 'look', '-n', shop), /httpd|sh/));
});

test('a stateful set tells of its pods in Kubernetes’ words', async () => {
  await eventually(async () => {
    const events = await kubectl.text('events', '--for', 'statefulset/db', '-n', shop);
    assert.match(events, /Normal +SuccessfulCreate +StatefulSet\/db +create Claim data-db-0 Pod db-0 in StatefulSet db success/);
    assert.match(events, /Normal +SuccessfulCreate +StatefulSet\/db +create Pod db-1 in StatefulSet db successful/);
  });
});
