import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { LentPrograms } from '../../../../lib/platform/node/lent-programs.ts';

const folder = mkdtempSync(join(tmpdir(), 'oo-test-lent-'));
after(() => rmSync(folder, { recursive: true }));

const container = (image: string, ...command: string[]) => ({ name: 'deployment', image, command });

test('a deployer in the image of the builder gets Node and its program, read only; no other container does', async () => {
  const programs = new LentPrograms(folder);
  await programs.prepare();
  const mounts = programs.forDeployer(container('openshift/builder', 'openshift-deploy'));
  assert.ok(mounts.every(({ readOnly }) => readOnly));
  const at = (target: string): string => mounts.find((mount) => mount.target === target)!.source;
  const [, command = ''] = readFileSync(at('/usr/bin/openshift-deploy'), 'utf8').split('\n');
  assert.match(
    command,
    /^exec \/usr\/lib\/openshift\/node --disable-warning=ExperimentalWarning \/usr\/lib\/openshift\/program\//,
  );
  assert.equal(execFileSync(at('/usr/lib/openshift/node'), ['--version']).toString().trim(), process.version);
  for (const other of [
    container('openshift/builder', 'sh'),
    container('openshift/builder'),
    container('172.30.0.5:5000/shop/builder', 'openshift-deploy'),
    container('openshift/nodejs:latest', 'openshift-deploy'),
  ])
    assert.deepEqual(programs.forDeployer(other), []);
});
