import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WireReader } from '../../../../lib/platform/api/schema/protobuf-wire.ts';
import { type ApiUnderTest, startApi } from './api-under-test.ts';

let t: ApiUnderTest;
before(async () => {
  t = await startApi();
});
after(() => t[Symbol.asyncDispose]());

const PROTOBUF = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

test('OpenAPI v2 has the kinds of all groups, and what clients look for in it', async () => {
  const { body, headers } = await t.call('GET', '/openapi/v2');
  assert.equal(headers['content-type'], 'application/json');
  assert.equal(body.swagger, '2.0');
  const pod = body.definitions['io.k8s.api.core.v1.Pod'];
  assert.deepEqual(pod['x-kubernetes-group-version-kind'], [{ group: '', kind: 'Pod', version: 'v1' }]);
  assert.equal(pod.properties.spec.$ref, '#/definitions/io.k8s.api.core.v1.PodSpec');
  const { containers } = body.definitions['io.k8s.api.core.v1.PodSpec'].properties;
  assert.equal(containers['x-kubernetes-patch-merge-key'], 'name');
  assert.deepEqual(containers.items, { $ref: '#/definitions/io.k8s.api.core.v1.Container', default: {} });
  assert.equal(body.definitions['io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector']['x-kubernetes-map-type'], 'atomic');
  const options = body.definitions['io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions']['x-kubernetes-group-version-kind'];
  const groups = options.map(({ group }: { group: string }) => group);
  assert.ok(groups.includes('') && groups.includes('coordination.k8s.io') && new Set(groups).size > 2);
  const patch = body.paths['/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/{name}'].patch;
  assert.deepEqual(patch['x-kubernetes-group-version-kind'], { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease' });
  assert.ok(patch.consumes.includes('application/apply-patch+yaml'));
  for (const name of ['body', 'dryRun', 'fieldValidation', 'fieldManager', 'force'])
    assert.ok(
      patch.parameters.some((parameter: { name: string }) => parameter.name === name),
      name,
    );
  assert.ok(!JSON.stringify(body).includes('#/components/'));
});

test('every reference of OpenAPI v2 leads somewhere', async () => {
  const { text, body } = await t.call('GET', '/openapi/v2');
  for (const [, name] of text.matchAll(/"#\/definitions\/([^"]+)"/g)) assert.ok(Object.hasOwn(body.definitions, name!), name!);
});

test('as protobuf it is the same document, and both may be kept', async () => {
  const response = await t.open('GET', '/openapi/v2', { headers: { accept: PROTOBUF } });
  assert.equal(response.headers['content-type'], 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf');
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  const document = fieldsOf(Buffer.concat(parts));
  assert.equal(document.get(1)![0]!.toString(), '2.0');
  const { body } = await t.call('GET', '/openapi/v2');
  const definitions = fieldsOf(document.get(9)![0]!).get(1)!.map(fieldsOf);
  assert.deepEqual(
    definitions.map((definition) => definition.get(1)![0]!.toString()),
    Object.keys(body.definitions),
  );
  const spec = definitions.find((definition) => definition.get(1)![0]!.toString() === 'io.k8s.api.core.v1.PodSpec')!;
  const properties = fieldsOf(fieldsOf(spec.get(2)![0]!).get(25)![0]!)
    .get(1)!
    .map(fieldsOf);
  const containers = fieldsOf(properties.find((property) => property.get(1)![0]!.toString() === 'containers')!.get(2)![0]!);
  const extensions = containers.get(31)!.map(fieldsOf);
  assert.deepEqual(
    extensions.map((extension) => [extension.get(1)![0]!.toString(), fieldsOf(extension.get(2)![0]!).get(2)![0]!.toString()]),
    Object.entries(body.definitions['io.k8s.api.core.v1.PodSpec'].properties.containers as object)
      .filter(([key]) => key.startsWith('x-'))
      .map(([key, value]) => [key, JSON.stringify(value)]),
  );
  const again = await t.call('GET', '/openapi/v2', { headers: { accept: PROTOBUF, 'if-none-match': response.headers.etag! } });
  assert.equal(again.code, 304);
  assert.equal((await t.call('GET', '/openapi/v2', { headers: { accept: 'text/html' } })).code, 406);
  assert.equal((await t.call('GET', '/openapi/v2', { as: null })).code, 401);
});

function fieldsOf(bytes: Buffer): Map<number, Buffer[]> {
  const reader = new WireReader(bytes);
  const found = new Map<number, Buffer[]>();
  while (!reader.done) {
    const { number, wire } = reader.tag();
    const value = wire === 2 ? Buffer.from(reader.bytes()) : Buffer.from(String(reader.varint()));
    found.set(number, [...(found.get(number) ?? []), value]);
  }
  return found;
}
