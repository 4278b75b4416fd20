import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceFiles } from './source-files.ts';

/**
 * Who may import whom, as ARCHITECTURE.md draws it. A folder may always import itself and lib/common. The longest
 * matching folder decides. A folder that is missing here fails: new parts of the house are put on the map first.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'bin/oo-install.ts': ['lib/installer'],
  'bin/openshift.ts': ['lib/platform/command.ts'],
  'bin/sti.ts': ['lib/platform/builds/sti/command.ts'],
  'bin/kubecfg.ts': ['lib/platform/kubecfg/command.ts'],
  'bin/cdk.ts': ['lib/stacks', 'lib/installer/lab'],
  'lib/common': [],
  'lib/stacks': [],
  'lib/installer': [],
  'lib/installer/lab': ['lib/stacks'],
  'lib/installer/agent': [],
  'lib/platform/start.ts': ['lib/platform'],
  'lib/platform/ensure-credentials.ts': [
    'lib/platform/config',
    'lib/platform/pki',
    'lib/platform/registry/registry-settings.ts',
    'lib/platform/reserved-names.ts',
  ],
  'lib/platform/platform-mounts.ts': [
    'lib/platform/api',
    'lib/platform/builds/contract.ts',
    'lib/platform/client',
    'lib/platform/config',
    'lib/platform/git',
    'lib/platform/oauth',
    'lib/platform/part-settings.ts',
    'lib/platform/pki',
    'lib/platform/registry',
    'lib/platform/v1beta1',
  ],
  'lib/platform/part-settings.ts': [
    'lib/platform/api/strategy.ts',
    'lib/platform/apiserver/api-server-options.ts',
    'lib/platform/config',
    'lib/platform/pki',
    'lib/platform/registry/registry-settings.ts',
    'lib/platform/reserved-names.ts',
    'lib/platform/router/router-settings.ts',
  ],
  'lib/platform/reserved-names.ts': ['lib/platform/config', 'lib/platform/pki', 'lib/platform/registry/registry-settings.ts'],
  'lib/platform/worker.ts': [
    'lib/platform/storage',
    'lib/platform/node',
    'lib/platform/oauth/passwords/password-thread.ts',
    'lib/platform/apiserver/http/yaml-thread.ts',
  ],
  'lib/platform/command.ts': ['lib/platform'],
  'lib/platform/commands': ['lib/platform'],
  'lib/platform/completion-script.ts': [],
  'lib/platform/node-thread.ts': ['lib/platform/node/node.ts'],
  'lib/platform/version.ts': [],
  'lib/platform/configured-files.ts': [
    'lib/platform/apiserver',
    'lib/platform/builds/contract.ts',
    'lib/platform/config',
    'lib/platform/oauth',
    'lib/platform/pki',
    'lib/platform/storage/etcd/etcd-member.ts',
  ],
  'lib/platform/open-store.ts': [
    'lib/platform/api/registry.ts',
    'lib/platform/apiserver/store/storage-key.ts',
    'lib/platform/config',
    'lib/platform/configured-files.ts',
    'lib/platform/pki',
    'lib/platform/storage',
  ],
  'lib/platform/backup': [
    'lib/platform/storage',
    'lib/platform/config',
    'lib/platform/pki',
    'lib/platform/client/http-transport.ts',
  ],
  'lib/platform/apps': [
    'lib/platform/client',
    'lib/platform/api',
    'lib/platform/config',
    'lib/platform/pki',
    'lib/platform/git/repository.ts',
    'lib/platform/git/pod-trouble.ts',
    'lib/platform/builds/engine/source/git-environment.ts',
  ],
  'lib/platform/login': ['lib/platform/client', 'lib/platform/api', 'lib/platform/pki/kubeconfig.ts'],
  'lib/platform/config': [],
  'lib/platform/pki': [],
  'lib/platform/cel': [],
  'lib/platform/api': ['lib/platform/cel'],
  'lib/platform/storage': [],
  'lib/platform/apiserver': ['lib/platform/storage/backend.ts', 'lib/platform/api', 'lib/platform/cel'],
  'lib/platform/client': ['lib/platform/api'],
  'lib/platform/builds': ['lib/platform/api'],
  'lib/platform/controllers': ['lib/platform/client', 'lib/platform/api', 'lib/platform/builds/contract.ts'],
  'lib/platform/router': [
    'lib/platform/client',
    'lib/platform/api',
    'lib/platform/components',
    'lib/platform/controllers',
    'lib/platform/pki/authority.ts',
  ],
  'lib/platform/registry': ['lib/platform/client', 'lib/platform/api', 'lib/platform/components', 'lib/platform/controllers'],
  'lib/platform/deployer': ['lib/platform/client', 'lib/platform/api'],
  'lib/platform/oauth': ['lib/platform/client', 'lib/platform/api'],
  'lib/platform/git': ['lib/platform/client', 'lib/platform/api', 'lib/platform/components'],
  'lib/platform/v1beta1': ['lib/platform/client', 'lib/platform/api'],
  'lib/platform/kubecfg': [
    'lib/platform/client',
    'lib/platform/api/status-error.ts',
    'lib/platform/pki/kubeconfig.ts',
    'lib/platform/version.ts',
  ],
  'lib/platform/components': ['lib/platform/api'],
  'lib/platform/runtime': [],
  'lib/platform/builds/engine': ['lib/platform/builds/contract.ts', 'lib/platform/runtime', 'lib/platform/api/build'],
  'lib/platform/builds/builder': ['lib/platform/builds/contract.ts', 'lib/platform/builds/engine', 'lib/platform/api/build'],
  'lib/platform/builds/sti': [
    'lib/platform/builds/engine',
    'lib/platform/runtime',
    'lib/platform/api/build',
    'lib/platform/version.ts',
  ],
  'lib/platform/node': [
    'lib/platform/client',
    'lib/platform/api',
    'lib/platform/builds/contract.ts',
    'lib/platform/builds/engine',
    'lib/platform/runtime',
    'lib/platform/config',
    'lib/platform/pki',
  ],
};

/** Packages that have one home, since a second one would be a second way to do the same thing. */
const ONLY_IN: Readonly<Record<string, readonly string[]>> = {
  dockerode: ['lib/platform/runtime', 'lib/installer/agent', 'lib/installer/lab/local'],
  listr2: ['lib/installer/cli/progress'],
  'cli-truncate': ['lib/installer/cli/progress'],
  'signal-exit': ['lib/installer/cli/progress'],
  'string-width': ['lib/common/terminal', 'lib/installer/cli/progress'],
  'wrap-ansi': ['lib/common/terminal'],
  ssh2: ['lib/installer/transport'],
  '@grpc/grpc-js': ['lib/platform/storage/etcd'],
  protobufjs: ['lib/platform/storage/etcd'],
  'node:sqlite': ['lib/platform/storage/sqlite'],
  fastify: ['lib/platform/apiserver'],
  'dns-packet': ['lib/platform/node/dns'],
  handlebars: ['lib/stacks', 'lib/installer/lab/handout'],
  qr: ['lib/installer/lab/handout'],
  pino: ['lib/common/log.ts'],
  esbuild: ['lib/installer/artifacts', 'lib/installer/lab/aws/janitor-deployment'],
};

/** The CDK stays where stacks are made and deployed: it takes a second to load, and a checkout for one server comes without it. */
const CDK_PACKAGES = ['aws-cdk-lib', 'constructs', 'cdk-nag', '@aws-cdk/toolkit-lib'];
const CDK_HOMES = ['lib/stacks', 'lib/installer/lab/aws', 'bin/cdk.ts'];

const below = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

const zoneOf = (path: string): string | undefined =>
  Object.keys(MAY_IMPORT)
    .filter((zone) => below(path, zone))
    .sort((a, b) => b.length - a.length)[0];

const files = sourceFiles('bin', 'lib');

test('every import follows the map', () => {
  const offences = files.flatMap((file) => {
    const zone = zoneOf(file.path);
    if (zone === undefined) return [`${file.path} is in no part of the map`];
    const own = zone.endsWith('.ts') ? [] : [zone];
    const allowed = [...own, 'lib/common', ...MAY_IMPORT[zone]!, ...(below(zone, 'lib/installer') ? ['lib/installer'] : [])];
    return file.imports
      .filter((target) => !allowed.some((folder) => below(target, folder)) && target !== 'package.json')
      .map((target) => `${file.path} imports ${target}`);
  });
  assert.deepEqual(offences, []);
});

test('the rule is live: a forbidden import would be found', () => {
  assert.equal(zoneOf('lib/platform/controllers/replication-controller.ts'), 'lib/platform/controllers');
  assert.ok(!MAY_IMPORT['lib/platform/controllers']!.some((folder) => below('lib/platform/storage/backend.ts', folder)));
  assert.ok(
    files.some((file) => file.imports.length > 2),
    'no imports were recognised at all',
  );
});

test('a package with one home is imported there only', () => {
  const offences = files.flatMap((file) =>
    file.packages
      .filter((name) => name in ONLY_IN && !ONLY_IN[name]!.some((home) => below(file.path, home)))
      .map((name) => `${file.path} imports ${name}`),
  );
  assert.deepEqual(offences, []);
});

test('the CDK is imported only where stacks are made and deployed', () => {
  const offences = files.flatMap((file) =>
    file.packages
      .filter((name) => CDK_PACKAGES.includes(name) && !CDK_HOMES.some((home) => below(file.path, home)))
      .map((name) => `${file.path} imports ${name}`),
  );
  assert.deepEqual(offences, []);
  assert.ok(
    files.some((file) => file.packages.includes('aws-cdk-lib')),
    'no import of the CDK was recognised',
  );
});

/** What is started as a process of its own: bin/, the two programs that stay on a server, and the dialer's child. */
const PROGRAMS = [
  'bin',
  'lib/installer/agent/main.ts',
  'lib/platform/builds/builder/main.ts',
  'lib/installer/agent/supervisor/main.ts',
  'lib/platform/node/kubelet/server/pod-dialer.ts',
];

test('only programs end their process', () => {
  const offences = files
    .filter((file) => !PROGRAMS.some((program) => below(file.path, program)) && /\bprocess\.exit\(/.test(file.text))
    .map((file) => file.path);
  assert.deepEqual(offences, []);
});

test('file names are kebab-case', () => {
  const offences = sourceFiles('bin', 'lib', 'test')
    .map((file) => file.path)
    .filter((path) => !/^([a-z0-9-]+\/)+[a-z0-9]+(-[a-z0-9]+)*(\.test|\.bench)?\.ts$/.test(path));
  assert.deepEqual(offences, []);
});
