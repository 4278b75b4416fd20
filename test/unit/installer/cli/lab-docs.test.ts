import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { z } from 'zod';
import { packageRoot } from '../../../../lib/common/assets.ts';
import { parseLab } from '../../../../lib/installer/config/lab-file.ts';
import { labSchema } from '../../../../lib/installer/config/lab-schema.ts';
import { bareSchema } from '../../../../lib/installer/config/yaml-file.ts';

const root = packageRoot();
const doc = readFileSync(join(root, 'docs', 'lab-file.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'oo-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** As a person types it, in a folder of its own, with nothing remembered. */
function run(...args: string[]) {
  const argv = ['--disable-warning=ExperimentalWarning', join(root, 'bin', 'oo-install.ts'), 'lab', ...args];
  return spawnSync(process.execPath, argv, { encoding: 'utf8', cwd: folder, env: { ...process.env, XDG_STATE_HOME: folder } });
}

/** Every key of the schema: `access.ssh`, `attendees[].name`. */
function keysOf(schema: z.ZodType, prefix = ''): string[] {
  const bare = bareSchema(schema);
  if (bare instanceof z.ZodObject) {
    return Object.entries(bare.shape).flatMap(([key, value]) => {
      const path = prefix === '' ? key : `${prefix}.${key}`;
      const inner = keysOf(value as z.ZodType, path);
      return bareSchema(value as z.ZodType) instanceof z.ZodObject ? inner : [path, ...inner];
    });
  }
  if (bare instanceof z.ZodUnion) return (bare.options as z.ZodType[]).flatMap((option) => keysOf(option, prefix));
  return bare instanceof z.ZodArray ? keysOf(bare.element as z.ZodType, `${prefix}[]`) : [];
}

test('docs/lab-file.md lists exactly the keys that are read', () => {
  const listed = [...doc.matchAll(/^\| `([\w.[\]]+)` +\|/gm)].map((match) => match[1]!);
  assert.deepEqual(listed.sort(), keysOf(labSchema).sort());
});

test('the file in the docs is one, and so is what init writes, with every key in it', () => {
  const [, example = ''] = /```yaml\n([^]*?)```/.exec(doc) ?? [];
  assert.equal(parseLab(example, 'docs').attendees.length, 3);
  const text = readFileSync(join(root, 'assets', 'lab', 'lab.yaml'), 'utf8');
  assert.equal(parseLab(text, 'written').attendees.length, 3);
  // Who takes the marks away has a file with every key.
  const whole = text.replace('attendees: 3\n', '').replaceAll(/^# (?=[a-zA-Z]+:|  )/gm, '');
  const lab = parseLab(whole, 'uncommented');
  assert.equal(lab.attendees[1]!.publicKey?.startsWith('ssh-ed25519 '), true);
  for (const key of keysOf(labSchema)) {
    const name = key
      .split('.')
      .at(-1)!
      .replace(/^.*\[\]$/, '');
    assert.match(whole, new RegExp(`\\b${name}`), key);
  }
});

test('what is missing is told with the way out, and nothing is made', () => {
  const nobody = run('up');
  assert.equal(nobody.status, 2);
  assert.match(nobody.stderr, /nobody says for how many the lab is\n {2}oo-install lab init writes one/);
  const unknown = run('down', '--yes', '--json');
  const [event] = unknown.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { code: string; exitCode: number });
  assert.deepEqual([event?.code, event?.exitCode, unknown.status], ['LAB_UNKNOWN', 2, 2]);
  for (const args of [['up', '--attendees', '0'], ['up', '--provider', 'azure'], ['extend', 'soon'], ['exec']]) {
    assert.equal(run(...args).status, 2, args.join(' '));
  }
  assert.equal(run('init').status, 0);
  assert.match(run('init').stderr, /lab\.yaml is there already/);
  writeFileSync(join(folder, 'lab.yaml'), 'name: class\nattendees: [ana]\nlifetme: 8h\n');
  assert.match(run('plan').stderr, /lab\.yaml:3: lifetme: unknown key; did you mean lifetime\?/);
  writeFileSync(join(folder, 'lab.yaml'), 'name: class\nattendees: [ana]\n');
  assert.match(run('plan', '--attendees', '2').stderr, /--attendees 2: lab\.yaml lists 1/);
  assert.match(run('status').stderr, /no lab class was put up/);
  assert.match(run('status', '--name', '../x').stderr, /"\.\.\/x" is no name of a lab/);
});
