import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';
import { helmBinary, helmMissing } from '../../support/helm.ts';
import { KUBECTL } from '../../support/kubectl.ts';
import { PYTHON, pythonMissing } from '../../support/python.ts';
import { runCommand } from '../../support/run-command.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubeconfigPath, namespace } = await useNamespace('clients');
const home = mkdtempSync(join(tmpdir(), 'oo-test-docs-'));
// Where Node finds the packages of this checkout, as it finds a user's own in his.
const scripts = join(packageRoot(), 'dist', `docs-${process.pid}`);
mkdirSync(scripts, { recursive: true });
after(() => {
  for (const folder of [home, scripts]) rmSync(folder, { recursive: true });
});

const text = readFileSync(join(packageRoot(), 'docs', 'clients.md'), 'utf8');
const blocks = (language: string): string[] =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map((match) => match[1]!);
const env = {
  KUBECONFIG: kubeconfigPath,
  HOME: home,
  PATH: `${dirname(KUBECTL)}:${dirname(helmBinary(4))}:${process.env['PATH']}`,
};
const shell = (script: string): Promise<string> =>
  runCommand(['bash', '-euo', 'pipefail', '-c', script], { env, cwd: join(import.meta.dirname, 'charts') }).then(
    ({ stdout }) => stdout,
  );

const [helm, robot, curl] = blocks('sh');

test('the commands of helm', { skip: helmMissing }, async () => {
  // The namespace of the context is the one that helm works in.
  const output = await shell(helm!);
  assert.match(output, /Phase: +Succeeded/);
  assert.match(output, /^2\s.*\sUpgrade complete\s*$/m);
  assert.match(output, /release "shop" uninstalled/);
});

test('the script for JavaScript', async () => {
  const script = join(scripts, 'script.mjs');
  writeFileSync(script, blocks('js')[0]!);
  const { stdout } = await runCommand([process.execPath, script], { env });
  assert.equal(stdout, 'hello\n');
});

test('the script for Python', { skip: pythonMissing }, async () => {
  const script = join(home, 'script.py');
  writeFileSync(script, blocks('py')[0]!);
  const { stdout } = await runCommand([PYTHON, script], { env });
  assert.equal(stdout, 'ADDED from-python\n');
});

test('an account for a program, and curl', async () => {
  chmodSync(kubeconfigPath, 0o600);
  const output = await shell(`cd ${home}\n${robot}\n${curl}`);
  assert.match(output, new RegExp(`Username +system:serviceaccount:${namespace}:robot`));
  assert.match(output, /"kind":\s*"ConfigMapList"/);
});
