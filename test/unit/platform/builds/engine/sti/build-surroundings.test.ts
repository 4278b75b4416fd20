import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lendSurroundings } from '../../../../../../lib/platform/builds/engine/sti/build-surroundings.ts';

test('what holds while an image is assembled is in files that go afterwards, and what the build sets itself stays', async (t) => {
  const spool = mkdtempSync(join(tmpdir(), 'oo-surroundings-'));
  t.after(() => rmSync(spool, { recursive: true }));
  const environment = [
    { name: 'HTTP_PROXY', value: "http://u:it's $(id) `id`@p.example:1" },
    { name: 'NO_PROXY', value: '.svc' },
    { name: 'a b; id', value: 'x' },
  ];
  let source = '';
  {
    await using lent = await lendSurroundings({ environment, trustedCa: 'PEM\n' }, [{ name: 'NO_PROXY', value: 'mine' }], spool);
    source = lent.mounts[0]!.source;
    assert.deepEqual(lent.mounts, [{ source, target: '/run/openshift/build', readOnly: true }]);
    assert.equal(lent.prelude, '. /run/openshift/build/environment && ');
    assert.equal(readFileSync(join(source, 'ca-bundle.crt'), 'utf8'), 'PEM\n');
    const shell = `. ${join(source, 'environment')} && env`;
    const lines = execFileSync('/bin/sh', ['-c', shell], { env: { NO_PROXY: 'mine' }, encoding: 'utf8' }).split('\n');
    for (const line of [
      `HTTP_PROXY=${environment[0]!.value}`,
      'NO_PROXY=mine',
      'SSL_CERT_FILE=/run/openshift/build/ca-bundle.crt',
    ])
      assert.ok(lines.includes(line), lines.join('\n'));
    assert.ok(!lines.some((line) => /^a b|uid=/.test(line)));
  }
  assert.ok(!existsSync(source));
});

test('where nothing holds, nothing is mounted', async () => {
  await using lent = await lendSurroundings({ environment: [] }, [], '/nowhere');
  assert.deepEqual([lent.mounts, lent.prelude], [[], '']);
});
