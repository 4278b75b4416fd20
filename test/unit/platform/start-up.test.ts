import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadedBy } from '../../support/loaded-modules.ts';

/** What only commands need that work on a platform, and never to say what commands there are. */
const parts = [
  ...['api', 'apiserver', 'backup', 'cel', 'client', 'pki', 'runtime', 'storage'].map((part) => `lib/platform/${part}/`),
  ...['@grpc/grpc-js', 'dockerode', 'jose', 'pino', 'protobufjs', 'ssh2', 'yaml', 'zod'].map((name) => `node_modules/${name}/`),
];

const starts = [
  ['openshift', 'version'],
  ['openshift', '--help'],
  ['openshift', 'backup', '--help'],
  ['openshift', 'app', 'list', '--nonsense'],
  ['openshift', 'completion', 'bash'],
  ['sti', '--help'],
  ['sti', 'version'],
] as const;

test('help, and a refused flag, load what commands are and nothing of what they do', async () => {
  for (const [program, ...args] of starts) {
    const words = [program, ...args].join(' ');
    const modules = await loadedBy(program, args);
    assert.ok(modules.includes('lib/platform/version.ts'), `${words}: ${modules.join('\n')}`);
    assert.deepEqual(
      modules.filter((path) => parts.some((part) => path.startsWith(part))),
      [],
      words,
    );
  }
});
