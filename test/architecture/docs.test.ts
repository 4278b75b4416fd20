import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../lib/common/assets.ts';
import { resolveConfig } from '../../lib/platform/config/load-config.ts';
import { platformConfigSchema } from '../../lib/platform/config/platform-config.ts';

const root = packageRoot();
const read = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8');

const markdown = [
  'README.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
].filter((path) => existsSync(join(root, path)));

/** `kubelet.port` and so on: every leaf of the schema. */
function fieldPaths(schema: { shape: Record<string, unknown> }, prefix = ''): string[] {
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const nested = unwrap(field);
    return nested === undefined ? [`${prefix}${name}`] : fieldPaths(nested, `${prefix}${name}.`);
  });
}

function unwrap(field: unknown): { shape: Record<string, unknown> } | undefined {
  const inner = (field as { def: { innerType?: unknown } }).def.innerType ?? field;
  return typeof inner === 'object' && inner !== null && 'shape' in inner
    ? (inner as { shape: Record<string, unknown> })
    : undefined;
}

test('docs/configuration.md lists exactly the fields that the daemon reads', () => {
  const documented = [...read('docs', 'configuration.md').matchAll(/^\| `([\w.]+)`\s+\|/gm)].map((match) => match[1]!);
  assert.deepEqual(documented.sort(), fieldPaths(platformConfigSchema).sort());
});

/** What the machine tells, and what is off unless it is set. */
const WITHOUT_FIXED_DEFAULT = [
  'nodeName',
  'builds',
  'advertiseAddress',
  'podCIDR',
  'adminKubeconfig',
  'kubeconfig',
  'dns.upstreams',
  'tokenFile',
  'frontProxy',
  'audit',
  'secretsKeyFile',
  'etcd',
  'oauth.htpasswdFile',
  'projects.requestTemplate',
  'projects.limits',
  'projects.maxProjectsForServiceAccounts',
  'projects.maxProjectsForSystemUsers',
];

test('docs/configuration.md tells the defaults that the daemon uses', () => {
  const facts = { hostname: 'h', defaultAddress: '192.0.2.1', addresses: [] };
  const config = resolveConfig('none', {}, facts) as unknown as Record<string, unknown>;
  const text = read('docs', 'configuration.md');
  const fixed = fieldPaths(platformConfigSchema).filter(
    (path) => !WITHOUT_FIXED_DEFAULT.some((name) => path === name || path.startsWith(`${name}.`)),
  );
  for (const path of fixed) {
    const value = path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], config);
    const row = text.split('\n').find((line) => line.startsWith(`| \`${path}\` `))!;
    const shown = [value]
      .flat()
      .map((entry) => `\`${String(entry)}\``)
      .join(', ');
    assert.ok(row.split('|')[2]!.includes(shown), `${path}: the table does not say ${shown}`);
  }
});

test('every link to a file of ours leads somewhere', () => {
  const dead = markdown.flatMap((path) =>
    [...read(path).matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)(?:#[^)]*)?\)/g)]
      .map((match) => match[1]!)
      .filter((target) => !existsSync(join(root, dirname(path), target)))
      .map((target) => `${path} -> ${target}`),
  );
  assert.deepEqual(dead, []);
});

test('every npm script that the docs name is there', () => {
  const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts);
  const unknown = markdown.flatMap((path) =>
    [...read(path).matchAll(/npm run ([\w:-]+)/g)]
      .map((match) => match[1]!)
      .filter((name) => !scripts.includes(name))
      .map((name) => `${path}: npm run ${name}`),
  );
  assert.deepEqual(unknown, []);
});

test('docs/benchmarks.md tells of every benchmark', () => {
  const benches = readdirSync(join(root, 'test', 'bench')).flatMap((name) => /^(.+)\.bench\.ts$/.exec(name)?.[1] ?? []);
  const text = read('docs', 'benchmarks.md');
  assert.deepEqual(
    benches.filter((name) => !text.includes(`npm run bench:${name}`)),
    [],
  );
});

test('decisions are numbered without a gap', () => {
  const names = readdirSync(join(root, 'docs', 'adr')).sort();
  names.forEach((name, index) => assert.match(name, new RegExp(`^${String(index + 1).padStart(4, '0')}-[a-z0-9-]+\\.md$`)));
});
