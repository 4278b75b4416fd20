import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { packageRoot } from '../../lib/common/assets.ts';
import { fetchGoSources } from '../../lib/platform/api/codegen/debian-sources.ts';
import { generateTables } from '../../lib/platform/api/codegen/generate.ts';
import type { KubeObject } from '../../lib/platform/api/meta.ts';
import { checkFields } from '../../lib/platform/api/schema/check-fields.ts';
import { structOfKind } from '../../lib/platform/api/schema/compiled-types.ts';
import { decodeProtobuf, encodeProtobuf } from '../../lib/platform/api/schema/protobuf.ts';

let folder: string;
let goRoot: string | undefined;
let why = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oo-tables-'));
  goRoot = await fetchGoSources(folder).catch((error: unknown) => {
    why = String(error).split('\n')[0]!;
    return undefined;
  });
});
after(() => rm(folder, { recursive: true, force: true }));

test('generating the tables again changes nothing', async (t) => {
  if (goRoot === undefined) return t.skip(`apt cannot download the packages: ${why}`);
  const target = join(packageRoot(), 'lib/platform/api/generated');
  const files = await generateTables(goRoot);
  assert.deepEqual((await readdir(target)).sort(), [...files.keys()].sort());
  for (const [name, text] of files)
    assert.equal(await readFile(join(target, name), 'utf8'), text, `${name} is not what generate.ts makes`);
});

test("Kubernetes' own round-trip data: every kind decodes, checks and encodes to the byte", async (t) => {
  if (goRoot === undefined) return t.skip(`apt cannot download the packages: ${why}`);
  const data = join(goRoot, 'k8s.io/api/testdata/HEAD');
  let kinds = 0;
  for (const file of (await readdir(data)).filter((name) => name.endsWith('.json'))) {
    const object = JSON.parse(await readFile(join(data, file), 'utf8')) as KubeObject;
    const [group, version] = object.apiVersion?.includes('/') ? object.apiVersion.split('/') : ['', object.apiVersion];
    const type = version === undefined ? undefined : structOfKind(group!, version, object.kind);
    if (type === undefined) continue;
    const bytes = await readFile(join(data, file.replace(/json$/, 'pb')));
    assert.deepEqual(decodeProtobuf(bytes), object, file);
    assert.deepEqual(checkFields(object, type.name), { unknown: [], malformed: undefined }, file);
    assert.ok(Buffer.from(encodeProtobuf(object)!).equals(bytes), `${file} is encoded otherwise`);
    kinds++;
  }
  assert.ok(kinds > 70, `only ${kinds} kinds were tried`);
});
