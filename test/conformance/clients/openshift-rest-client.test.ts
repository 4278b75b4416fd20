import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { eventually } from '../../support/eventually.ts';
import { nodeshiftMissing, openshiftRestClient, type RestClient } from '../../support/openshift-rest-client.ts';
import { startPlatform } from '../../support/platform.ts';

// The platform of the stage knows no passwords, so this one is our own. Nothing here runs pods.
const folder = mkdtempSync(join(tmpdir(), 'oo-test-passwords-'));
const htpasswdFile = join(folder, 'htpasswd');
writeFileSync(htpasswdFile, `alice:${hashSync('wonderland', 4)}\nbob:${hashSync('builder', 4)}\n`);
const platform = await startPlatform({ parts: 'master', config: { oauth: { htpasswdFile } } });
after(async () => {
  await platform.stop();
  rmSync(folder, { recursive: true });
});

const login = (username: string, password: string, loadSpecFromCluster = false): Promise<RestClient> =>
  openshiftRestClient({
    loadSpecFromCluster,
    config: { url: platform.url, auth: { username, password }, insecureSkipTlsVerify: true },
  });

await platform.kubectl(['create', 'namespace', 'alices']);
await platform.kubectl(['create', 'rolebinding', 'alice', '--clusterrole=admin', '--user=alice', '--namespace=alices']);

describe('openshift-rest-client', { skip: nodeshiftMissing }, () => {
  test('logs in with a password, and is who it says', async () => {
    const client = await login('alice', 'wonderland');
    const { body } = await client.apis.user.v1.users('~').get();
    assert.equal(body.kind, 'User');
    assert.equal(body.metadata.name, 'alice');
  });

  test('is told when the password is wrong', async () => {
    await assert.rejects(login('alice', 'looking-glass'), /401 Unable to authenticate user alice/);
  });

  test('finds the kinds in what the API says of itself', async () => {
    const client = await login('alice', 'wonderland', true);
    const { statusCode, body } = await client.apis.template.v1.namespaces('alices').templates.get();
    assert.deepEqual([statusCode, body.kind], [200, 'TemplateList']);
  });

  test('makes, reads, changes and removes what its user may; another user is refused each of it', async () => {
    const alice = await login('alice', 'wonderland');
    const bob = await login('bob', 'builder');
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { colour: 'blue' } };
    const of = (client: RestClient): RestClient => client.api.v1.namespaces('alices').configmaps;
    const refused =
      /User "bob" cannot (create|get|update|delete) resource "configmaps" in API group "" in the namespace "alices"/;

    await assert.rejects(of(bob).post({ body: object }), refused);
    assert.equal((await of(alice).post({ body: object })).statusCode, 201);
    await assert.rejects(of(bob)('settings').get(), refused);
    assert.deepEqual((await of(alice)('settings').get()).body.data, { colour: 'blue' });
    const changed = { ...object, data: { colour: 'green' } };
    await assert.rejects(of(bob)('settings').put({ body: changed }), refused);
    // It never says of which version it is a change.
    assert.deepEqual((await of(alice)('settings').put({ body: changed })).body.data, { colour: 'green' });
    await assert.rejects(of(bob)('settings').delete({ body: { propagationPolicy: 'Foreground' } }), refused);
    await of(alice)('settings').delete({ body: { propagationPolicy: 'Foreground' } });
    // The garbage collector takes it, once nothing is below it.
    await eventually(() => assert.rejects(of(alice)('settings').get(), /configmaps "settings" not found/));
  });
});
