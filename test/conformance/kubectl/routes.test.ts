import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace } = await useNamespace('routes');
const folder = mkdtempSync(join(tmpdir(), 'oo-test-routes-'));
after(() => rmSync(folder, { recursive: true }));

const text = readFileSync(join(packageRoot(), 'docs', 'routes.md'), 'utf8');
const file = join(folder, 'route.yaml');
writeFileSync(file, /# route\.yaml\n(.*?)```/s.exec(text)![1]!);
const commands = /```sh\n(.*?)```/s
  .exec(text)![1]!
  .trim()
  .split('\n')
  .map((line) => [...line.replace('route.yaml', file).split(' ').slice(1), '-n', namespace]);

test('a route is made, shown, changed and deleted with the commands of docs/routes.md', async () => {
  const outputs: string[] = [];
  for (const command of commands) outputs.push(await kubectl.text(...command));
  const [made, listed, host, annotated, patched, shown, deleted] = outputs;
  assert.equal(made, 'route.route.openshift.io/web created');
  assert.match(
    listed!,
    /^NAME +HOST\/PORT +PATH +SERVICES +PORT +TERMINATION +WILDCARD\nweb +\S+ +web +http +edge\/Redirect +None$/,
  );
  assert.equal(host, `web-${namespace}.apps.localhost`);
  assert.match(annotated!, /annotated$/);
  assert.match(patched!, /patched$/);
  assert.match(shown!, new RegExp(`\\nweb +web-${namespace}\\.apps\\.localhost +/shop +web +http `));
  assert.match(deleted!, /^route\.route\.openshift\.io "web" deleted/);
});

test('mistakes are told in words of the API, and what is secret is not', async () => {
  const wrong = { to: { kind: 'Service', name: 'web' }, tls: { termination: 'edge', certificate: 'x', key: 'hidden' } };
  const route = { apiVersion: 'route.openshift.io/v1', kind: 'Route', metadata: { name: 'wrong', namespace }, spec: wrong };
  const message = await kubectl.failure(['create', '-f', '-'], { stdin: JSON.stringify(route) });
  assert.match(message, /spec\.tls\.certificate: Invalid value: "redacted certificate data"/);
  assert.doesNotMatch(message, /hidden/);
});
