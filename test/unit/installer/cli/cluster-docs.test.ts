import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { after, test } from 'node:test';
import { z } from 'zod';
import { packageRoot } from '../../../../lib/common/assets.ts';
import { parseCluster } from '../../../../lib/installer/config/cluster-file.ts';
import { clusterSchema } from '../../../../lib/installer/config/cluster-schema.ts';
import { bareSchema } from '../../../../lib/installer/config/yaml-file.ts';

const root = packageRoot();
const doc = readFileSync(join(root, 'docs', 'cluster-file.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'oo-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** As a person types it, in a folder of its own and without ssh's configuration. */
function run(...args: string[]) {
  const argv = ['--disable-warning=ExperimentalWarning', join(root, 'bin', 'oo-install.ts'), ...args];
  return spawnSync(process.execPath, argv, { encoding: 'utf8', cwd: folder });
}

/** `settings.proxy.http`: every key that holds a value, as the docs write it. */
function keysOf(schema: z.ZodType, path = ''): string[] {
  const bare = bareSchema(schema);
  if (bare instanceof z.ZodArray) return keysOf(bare.element as z.ZodType, `${path}[]`);
  if (!(bare instanceof z.ZodObject)) return [path];
  const prefix = path === '' ? '' : `${path}.`;
  return Object.entries(bare.shape).flatMap(([key, inner]) => keysOf(inner as z.ZodType, prefix + key));
}
const keys = keysOf(clusterSchema);

/** The same of what a file says; lists and what is Docker's own are values. */
function keysIn(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || path === 'settings.docker') return [path];
  const prefix = path === '' ? '' : `${path}.`;
  return Object.entries(value).flatMap(([key, inner]) => keysIn(inner, prefix + key));
}

test('docs/cluster-file.md lists exactly the keys that are read', () => {
  const listed = [...doc.matchAll(/^\| `([\w.[\]]+)` +\|/gm)].map((match) => match[1]!);
  assert.deepEqual(listed.sort(), keys.sort());
});

test('the file in the docs is one, and so is what init writes, with every key in it', () => {
  const examples = [...doc.matchAll(/```yaml\n([^]*?)```/g)].map(([, example = '']) => parseCluster(example, 'docs'));
  assert.deepEqual(
    examples.map((cluster) => cluster.hosts.length),
    [2, 2],
  );
  const text = readFileSync(join(root, 'assets', 'cluster', 'cluster.yaml'), 'utf8');
  assert.equal(parseCluster(text, 'written').hosts.length, 2);
  // Comments of one space are words; those that hold a key are the file that somebody gets who takes the marks away.
  const whole = text.replaceAll(/^(\s*)# (?=\s*[\w-]+:(?: |$))/gm, '$1');
  const cluster = parseCluster(whole, 'uncommented');
  const written = keysIn({ ...cluster, hosts: undefined }).filter((key) => key !== 'hosts');
  const ofHost = keysIn(cluster.hosts[1]).map((key) => `hosts[].${key}`);
  assert.deepEqual([...written, ...ofHost].sort(), keys.toSorted());
});

test('init writes the file once; the commands then take it, and names and --limit choose', () => {
  assert.match(run('check').stderr, /NO_HOSTS/);
  assert.match(run().stdout, /^Usage:/);
  assert.equal(run('init').status, 0);
  assert.match(run('init').stderr, /cluster\.yaml is there already/);
  writeFileSync(join(folder, 'cluster.yaml'), 'hosts:\n  - name: web1\n    address: 127.0.0.1:1\n  - 127.0.0.1:2\n');
  const rows = (...args: string[]) => {
    const { stdout } = run(...args, '-F', 'none', '--json');
    const last = JSON.parse(stdout.trim().split('\n').at(-1)!) as { event: string; host: string; hosts: { host: string }[] };
    return last.event === 'summary' ? last.hosts.map(({ host }) => host) : [last.host];
  };
  assert.deepEqual(rows('check'), ['web1', '127.0.0.1:2']);
  assert.deepEqual(rows(), ['web1', '127.0.0.1:2']);
  assert.deepEqual(rows('check', '-f', 'cluster.yaml', '--limit', 'web*'), ['web1']);
  assert.deepEqual(rows('check', '-f', 'cluster.yaml', 'web1'), ['web1']);
  assert.match(run('check', '-f', 'cluster.yaml', 'web2').stderr, /HOST_NOT_IN_FILE/);
});

test('what takes away needs the file to be named, and a command comes first', () => {
  writeFileSync(join(folder, 'cluster.yaml'), 'hosts: [web1]\n');
  assert.match(run('uninstall', '--yes').stderr, /NO_HOSTS/);
  assert.match(run('-f', 'cluster.yaml', 'uninstall').stderr, /uninstall is a command, and stands behind something else/);
});

test('a file that everybody may write is taken only when it is named', () => {
  writeFileSync(join(folder, 'cluster.yaml'), 'hosts: [127.0.0.1:1]\n');
  spawnSync('chmod', ['666', join(folder, 'cluster.yaml')]);
  assert.match(run('check').stderr, /CLUSTER_FILE_UNSAFE/);
  assert.match(run('check', '-f', 'cluster.yaml', '-F', 'none').stderr, /SSH_REFUSED/);
});
