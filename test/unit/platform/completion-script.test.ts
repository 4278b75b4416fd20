import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';
import { runOpenshift } from '../../../lib/platform/command.ts';

const script = async (shell: string): Promise<string> => {
  let printed = '';
  const host = { signal: new AbortController().signal, write: (text: string) => void (printed += text) };
  assert.equal(await runOpenshift(['completion', shell], host), 0);
  return printed;
};

test('bash completes commands, their options, the only values of one, and files', async () => {
  const bash = `${await script('bash')}
for line in "$@"; do COMP_WORDS=(openshift $line); case $line in *' ') COMP_WORDS+=('') ;; esac
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)) COMPREPLY=(); _openshift; echo "\${COMPREPLY[*]}"; done`;
  const lines = [
    'ap',
    'app s',
    'app create shop --na',
    'app create shop -t ',
    'app delete shop -',
    'start --config /etc/hos',
    'start --listen ',
    'completion ',
  ];
  const { stdout, stderr } = spawnSync('bash', ['-s', '--', ...lines], { input: bash, encoding: 'utf8' });
  assert.equal(stderr, '');
  const [app, scale, namespace, types, deleting, files, listen, shells] = stdout.split('\n');
  assert.deepEqual([app, scale, namespace, types], ['app', 'scale', '--namespace', 'nodejs php python static']);
  assert.equal(deleting, '--kubeconfig --context --namespace --yes --help');
  assert.match(files!, /\/etc\/hosts( |$)/);
  assert.equal(listen, '');
  assert.equal(shells, 'bash zsh fish --help');
});

test('who reads only the beginning of what a program prints ends it without a fault', () => {
  for (const program of ['bin/openshift.ts completion bash', 'bin/kubecfg.ts -help']) {
    const command = `"$1" --disable-warning=ExperimentalWarning ${program} | true; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', command, 'bash', process.execPath], {
      encoding: 'utf8',
      cwd: packageRoot(),
    });
    assert.deepEqual([stdout, stderr], ['0\n', ''], program);
  }
});

test('what is hidden in the help is offered by no shell', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const text = await script(shell);
    assert.match(text, /rotate/);
    assert.doesNotMatch(text, /git-credential/);
  }
});
