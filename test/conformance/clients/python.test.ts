import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { join } from 'node:path';
import { webPod } from '../../support/manifests.ts';
import { PYTHON, pythonMissing } from '../../support/python.ts';
import { runCommand } from '../../support/run-command.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace, kubeconfigPath } = await useNamespace('python');
before(async () => {
  await kubectl.create(webPod('web'));
  await kubectl(['wait', '--for=condition=Ready', 'pod/web', '--timeout=180s']);
});

test('Python’s client: typed, watch, create_from_yaml, dynamic, apply, exec and logs', { skip: pythonMissing }, async () => {
  const script = join(import.meta.dirname, 'python', 'client.py');
  const { stdout } = await runCommand([PYTHON, script, kubeconfigPath, namespace, 'web']);
  const { expired, log, ...seen } = JSON.parse(stdout) as Record<string, unknown>;
  assert.ok(expired === 410 || expired === 'replayed', String(expired));
  assert.match(String(log), /\n$/);
  assert.deepEqual(seen, {
    again: [409, 'AlreadyExists'],
    patched: { a: '1', b: '2' },
    listed: [{ c: '3' }],
    watched: ['ADDED one', 'ADDED two', 'DELETED one'],
    from_yaml: ['web', 'ClusterIP'],
    dynamic: { b: '2' },
    applied: { x: '1' },
    dynamic_list: ['web'],
    exec: ['out\n', 'err\n', 3],
  });
});
