import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';
import { runCommand } from '../../support/run-command.ts';
import { startTestHost } from '../../support/test-host.ts';

// The README's two commands, on a Debian server that holds git and nothing else, from a clean clone of what is committed.

const host = await startTestHost({ variant: 'git' });
after(() => host.dispose());
const bundle = (await runCommand(['mktemp', '--suffix=.bundle'])).stdout.trim();
after(() => runCommand(['rm', '-f', bundle]));
await runCommand(['git', '-c', 'safe.directory=*', '-C', packageRoot(), 'bundle', 'create', '-q', bundle, 'HEAD']);
await runCommand(['docker', 'cp', bundle, `${host.name}:/root/oo-install.bundle`]);
await host.shell('cd /root && git clone -q oo-install.bundle oo-install');

test('bin/oo-install localhost', { timeout: 600_000 }, async () => {
  const result = await host.shell('cd /root/oo-install && bin/oo-install localhost', { anyCode: true, timeout: 600_000 });
  assert.equal(result.code, 0, result.stdout + result.stderr);
  assert.match(result.stdout, /kubeconfig: \//);
});

test('npm test', { timeout: 1_800_000 }, async () => {
  const result = await host.shell('cd /root/oo-install && npm test', { anyCode: true, timeout: 1_800_000 });
  assert.equal(result.code, 0, `${result.stdout}${result.stderr}`.slice(-10_000));
  assert.match(result.stdout.trimEnd().split('\n').at(-1)!, /^\d+ passed, 0 failed/);
});
