import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { eventually } from '../../support/eventually.ts';
import { readKubeconfig } from '../../../lib/platform/pki/kubeconfig.ts';
import { replay } from '../../support/wire/replay.ts';
import { wireClient } from '../../support/wire/wire-client.ts';
import { loginOf, recordedFlow } from '../../support/wire/recorded-flow.ts';
import { readRecording, recordedSteps, writeRecording } from '../../support/wire/recording.ts';
import { startRecordingProxy } from '../../support/wire/recording-proxy.ts';
import { nodeshiftMissing, openshiftRestClient, type RestClient } from '../../support/openshift-rest-client.ts';
import { startPlatform } from '../../support/platform.ts';

// The platform of the stage knows no passwords, so this one is our own. Nothing here runs pods.
const folder = mkdtempSync(join(tmpdir(), 'oo-test-passwords-'));
const htpasswdFile = join(folder, 'htpasswd');
writeFileSync(htpasswdFile, `alice:${hashSync('wonderland', 4)}\nbob:${hashSync('builder', 4)}\n`);
const platform = await startPlatform({ parts: 'master', config: { oauth: { htpasswdFile } } });
const { server, caPem } = await readKubeconfig(platform.kubeconfigPath);
const { send, close } = wireClient(server, caPem);
after(async () => {
  close();
  await platform.stop();
  rmSync(folder, { recursive: true });
});

const login = (username: string, password: string, loadSpecFromCluster = false, url = platform.url): Promise<RestClient> =>
  openshiftRestClient({
    loadSpecFromCluster,
    config: { url, auth: { username, password }, insecureSkipTlsVerify: true },
  });

await platform.kubectl(['create', 'namespace', 'alices']);
await platform.kubectl(['create', 'rolebinding', 'alice', '--clusterrole=admin', '--user=alice', '--namespace=alices']);

const SESSION = join(import.meta.dirname, 'recorded', 'openshift-rest-client', 'session.ndjson');
/** What somebody does who deploys by hand, all of it in the project `alices`. */
async function session(url: string): Promise<void> {
  const client = await login('alice', 'wonderland', true, url);
  await client.apis.user.v1.users('~').get();
  await client.apis.project.v1.projects.get();
  const { configmaps } = client.api.v1.namespaces('alices');
  const colours = (colour: string): object => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'colours' },
    data: { colour },
  });
  await configmaps.post({ body: colours('blue') });
  await configmaps('colours').get();
  await configmaps('colours').put({ body: colours('green') });
  const patch = { body: { data: { shade: 'dark' } }, headers: { 'content-type': 'application/merge-patch+json' } };
  await configmaps('colours').patch(patch);
  const { routes } = client.apis.route.v1.namespaces('alices');
  const spec = { to: { kind: 'Service', name: 'web' }, tls: { termination: 'edge' } };
  await routes.post({ body: { apiVersion: 'route.openshift.io/v1', kind: 'Route', metadata: { name: 'web' }, spec } });
  await routes.get({ qs: { labelSelector: 'app=web' } });
  await routes('web').delete({ body: { body: { orphanDependents: false } } });
}

async function record(): Promise<void> {
  await using proxy = await startRecordingProxy({ server, caPem });
  await session(proxy.url);
  const steps = recordedSteps(proxy.take());
  writeRecording(SESSION, {
    command: 'a program that uses openshift-rest-client',
    client: 'openshift-rest-client 9.1.1',
    steps,
  });
  await platform.kubectl(['delete', 'configmap', 'colours', '-n', 'alices']);
}
if (process.env['OO_RECORD'] !== undefined) await record();

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

  test('needs no password with a token, and no login with a kubeconfig', async () => {
    const { token } = await replay(send, recordedFlow(loginOf(readRecording(SESSION)), { password: 'alice:wonderland' }), {});
    const auth = { token: token as string };
    const withToken = await openshiftRestClient({
      loadSpecFromCluster: false,
      config: { url: platform.url, auth, insecureSkipTlsVerify: true },
    });
    assert.equal((await withToken.apis.user.v1.users('~').get()).body.metadata.name, 'alice');
    const administrator = await openshiftRestClient({ loadSpecFromCluster: false, config: platform.kubeconfigPath });
    assert.equal((await administrator.apis.user.v1.users('~').get()).body.metadata.name, 'system:admin');
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

describe('openshift-rest-client, as recorded', () => {
  test('logs in, makes, changes and removes; somebody else is refused each of it', async () => {
    const recording = readRecording(SESSION);
    const { token } = await replay(send, recordedFlow(loginOf(recording), { password: 'bob:builder' }), {});
    const membersOnly = (asked: string): boolean => asked.includes('/namespaces/alices');
    await replay(send, recordedFlow(recording, { password: 'alice:wonderland', membersOnly }), {
      strangersToken: token as string,
    });
    const { data } = await platform.kubectl.json<{ data: object }>('get', 'configmap', 'colours', '-n', 'alices');
    assert.deepEqual(data, { colour: 'green', shade: 'dark' });
    assert.match(await platform.kubectl.failure(['get', 'route', 'web', '-n', 'alices']), /routes.* "web" not found/);
  });
});
