import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { certificateRequestPem } from '../../support/certificate-request.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace } = await useNamespace('auth');
const BOB = '--as=bob';
const lines = (text: string): string[] => text.split('\n').map((line) => line.trim().replaceAll(/ +/g, ' '));

test('create role, clusterrole and their bindings, and see them', async () => {
  await kubectl(['create', 'role', 'reader', '--verb=get,list', '--resource=configmaps', '--resource=pods/log']);
  const role = await kubectl.json('get', 'role', 'reader');
  assert.deepEqual(role['rules'], [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['configmaps', 'pods/log'] }]);
  await kubectl(['create', 'clusterrole', namespace, '--verb=get', '--non-resource-url=/metrics']);
  await kubectl(['create', 'rolebinding', 'reader', '--role=reader', '--user=bob', `--serviceaccount=${namespace}:robot`]);
  await kubectl(['create', 'clusterrolebinding', namespace, `--clusterrole=${namespace}`, '--group=watchers']);
  const [header, row] = lines(await kubectl.text('get', 'rolebindings', '-o', 'wide'));
  assert.equal(header, 'NAME ROLE AGE USERS GROUPS SERVICEACCOUNTS');
  assert.match(row!, new RegExp(`^reader Role/reader [\\dms]+ bob ${namespace}/robot$`));
  assert.match(await kubectl.text('describe', 'role', 'reader'), /configmaps +\[\] +\[\] +\[get list\]/);
  await eventually(async () =>
    assert.match(await kubectl.text('describe', 'clusterrole', 'view'), /pods\/log +\[\] +\[\] +\[get list watch\]/),
  );
});

test('auth can-i tells yes and no, and so does the API', async () => {
  assert.equal(await kubectl.text('auth', 'can-i', 'get', 'configmaps', BOB), 'yes');
  const no = await kubectl(['auth', 'can-i', 'delete', 'configmaps', BOB], { anyCode: true });
  assert.deepEqual([no.code, no.stdout], [1, 'no\n']);
  assert.equal(await kubectl.text('auth', 'can-i', 'get', 'pods', '--subresource=log', BOB), 'yes');
  assert.equal(await kubectl.text('auth', 'can-i', 'get', '/metrics', BOB, '--as-group=watchers'), 'yes');
  await kubectl(['create', 'configmap', 'seen']);
  assert.match(await kubectl.text('get', 'configmaps', BOB), /^seen /m);
  assert.equal(
    (await kubectl.failure(['delete', 'configmap', 'seen', BOB])).trim(),
    `Error from server (Forbidden): configmaps "seen" is forbidden: User "bob" cannot delete resource "configmaps" in API group "" in the namespace "${namespace}"`,
  );
  assert.match(await kubectl.text('delete', 'configmap', 'seen'), /^configmap "seen" deleted( from \S+ namespace)?$/);
});

test('auth can-i --list names what a user may, and everything for the administrator', async () => {
  const list = lines(await kubectl.text('auth', 'can-i', '--list', BOB));
  assert.ok(list.includes('configmaps [] [] [get list]'), list.join('\n'));
  assert.ok(list.includes('selfsubjectreviews.authentication.k8s.io [] [] [create]'));
  assert.ok(list.includes('[/version] [] [get]'));
  assert.ok(lines(await kubectl.text('auth', 'can-i', '--list')).includes('*.* [] [] [*]'));
});

test('auth whoami tells of impersonation in full', async () => {
  const who = lines(
    await kubectl.text('auth', 'whoami', '--as=carol', '--as-uid=7', '--as-group=a', '--as-group=b', '-o', 'json'),
  ).join('');
  const { userInfo } = (JSON.parse(who) as { status: { userInfo: Record<string, unknown> } }).status;
  assert.deepEqual(userInfo, { username: 'carol', uid: '7', groups: ['a', 'b', 'system:authenticated'] });
});

const manifest = (verbs: string[], users: string[]): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata: { name: 'kept', namespace },
        rules: [{ verbs, apiGroups: [''], resources: ['secrets'] }],
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'kept', namespace },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'kept' },
        subjects: users.map((name) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name })),
      },
    ],
  });

test('auth reconcile makes what is missing and adds to what is there', async () => {
  const reconcile = async (verbs: string[], users: string[]): Promise<string> =>
    (await kubectl(['auth', 'reconcile', '-f', '-'], { stdin: manifest(verbs, users) })).stdout;
  assert.match(await reconcile(['get'], ['ann']), /role\.rbac\.authorization\.k8s\.io\/kept reconciled/);
  await reconcile(['list'], ['ben']);
  assert.equal(await kubectl.text('auth', 'can-i', 'list', 'secrets', '--as=ann'), 'yes');
  assert.equal(await kubectl.text('auth', 'can-i', 'get', 'secrets', '--as=ben'), 'yes');
  // Of a binding that is refused kubectl 1.35 and 1.36 die (kubernetes#140338): a role alone.
  const [role] = (JSON.parse(manifest(['*'], ['bob'])) as { items: object[] }).items;
  const refused = await kubectl.failure(['auth', 'reconcile', '-f', '-', BOB], { stdin: JSON.stringify(role) });
  assert.match(refused, /roles\.rbac\.authorization\.k8s\.io "kept" is forbidden: User "bob" cannot get/);
});

test('auth reconcile takes away what is too much when told; can-i asks for other namespaces, names and quietly', async () => {
  await kubectl(['auth', 'reconcile', '-f', '-', '--remove-extra-permissions', '--remove-extra-subjects'], {
    stdin: manifest(['watch'], ['cleo']),
  });
  assert.deepEqual((await kubectl.json('get', 'role', 'kept'))['rules'], [
    { apiGroups: [''], resources: ['secrets'], verbs: ['watch'] },
  ]);
  assert.equal(await kubectl.text('auth', 'can-i', 'watch', 'secrets', '--as=cleo'), 'yes');
  const quiet = await kubectl(['auth', 'can-i', 'watch', 'secrets', '--as=ann', '--quiet'], { anyCode: true });
  assert.deepEqual([quiet.code, quiet.stdout], [1, '']);
  const all = await kubectl(['auth', 'can-i', 'watch', 'secrets', '--as=cleo', '-A'], { anyCode: true });
  assert.equal(all.stdout, 'no\n');
  assert.equal(await kubectl.text('auth', 'can-i', 'watch', 'secret/one', '--as=cleo'), 'yes');
});

test('the roles that come along: view reads, edit writes, admin grants, and none of them reaches further', async () => {
  for (const role of ['view', 'edit', 'admin'])
    await kubectl(['create', 'rolebinding', role, `--clusterrole=${role}`, `--user=${role}`]);
  const may = async (user: string, ...words: string[]): Promise<boolean> =>
    (await kubectl(['auth', 'can-i', ...words, `--as=${user}`], { anyCode: true })).stdout.trim() === 'yes';
  // The controller gathers their rules a moment after the first start.
  await eventually(
    async () => {
      assert.ok(await may('view', 'list', 'pods'));
      assert.ok(await may('edit', 'create', 'pods'));
      assert.ok(await may('admin', 'create', 'rolebindings'));
    },
    { timeout: 15_000 },
  );
  assert.deepEqual([await may('view', 'get', 'secrets'), await may('view', 'create', 'pods')], [false, false]);
  assert.deepEqual([await may('edit', 'create', 'pods'), await may('edit', 'create', 'rolebindings')], [true, false]);
  assert.deepEqual([await may('admin', 'create', 'rolebindings'), await may('admin', 'update', 'namespaces')], [true, false]);
  await kubectl(['create', 'rolebinding', 'by-admin', '--clusterrole=view', '--user=dora', '--as=admin']);
  const refused = await kubectl.failure([
    'create',
    'rolebinding',
    'too-much',
    '--clusterrole=cluster-admin',
    '--user=dora',
    '--as=admin',
  ]);
  assert.match(
    refused,
    /rolebindings\.rbac\.authorization\.k8s\.io "too-much" is forbidden: user "admin" .* not currently held:\n/,
  );
});

test('create serviceaccount and token: the token is the account, for its time and its audience', async () => {
  assert.equal(await kubectl.text('create', 'serviceaccount', 'robot'), 'serviceaccount/robot created');
  const token = await kubectl.text('create', 'token', 'robot', '--duration=10m');
  const who = await kubectl.json('auth', 'whoami', `--token=${token}`);
  assert.equal(who['status'].userInfo.username, `system:serviceaccount:${namespace}:robot`);
  assert.equal(await kubectl.text('auth', 'can-i', 'get', 'configmaps', `--token=${token}`), 'yes');
  const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { exp: number; iat: number };
  assert.equal(claims.exp - claims.iat, 600);
  const foreign = await kubectl.text('create', 'token', 'robot', '--audience=somebody-else');
  assert.match(await kubectl.failure(['get', 'configmaps', `--token=${foreign}`]), /Unauthorized|must be logged in/);
  assert.match(await kubectl.failure(['create', 'token', 'nobody']), /serviceaccounts "nobody" not found/);
});

test('a token that is bound to a secret ends with it', async () => {
  await kubectl(['create', 'secret', 'generic', 'leash']);
  const token = await kubectl.text('create', 'token', 'robot', '--bound-object-kind=Secret', '--bound-object-name=leash');
  assert.equal(await kubectl.text('auth', 'can-i', 'get', 'configmaps', `--token=${token}`), 'yes');
  await kubectl(['delete', 'secret', 'leash']);
  await eventually(async () =>
    assert.match(await kubectl.failure(['get', 'configmaps', `--token=${token}`]), /Unauthorized|logged in/),
  );
});

test('who may not impersonate is told so', async () => {
  const token = await kubectl.text('create', 'token', 'robot');
  assert.match(
    await kubectl.failure(['get', 'configmaps', `--token=${token}`, '--as=system:admin', '--as-group=system:masters']),
    /users "system:admin" is forbidden: User "system:serviceaccount:auth-[0-9a-f]+:robot" cannot impersonate resource "users"/,
  );
  await kubectl(['create', 'role', 'actor', '--verb=impersonate', '--resource=serviceaccounts', '--resource-name=default']);
  await kubectl(['create', 'rolebinding', 'actor', '--role=actor', `--serviceaccount=${namespace}:robot`]);
  const as = `--as=system:serviceaccount:${namespace}:default`;
  assert.equal(
    await kubectl.text('auth', 'whoami', `--token=${token}`, as, '-o', 'jsonpath={.status.userInfo.username}'),
    as.slice(5),
  );
});

test('certificate approve and deny, for those who may', async () => {
  const request = async (name: string): Promise<void> => {
    const pem = await certificateRequestPem('CN=ann, O=team');
    await kubectl.create({
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name },
      spec: { signerName: 'example.com/own', usages: ['client auth'], request: Buffer.from(pem).toString('base64') },
    });
  };
  const [yes, no] = [`${namespace}-yes`, `${namespace}-no`];
  await request(yes);
  await request(no);
  try {
    const role = `${namespace}-approver`;
    await kubectl([
      'create',
      'clusterrole',
      role,
      '--verb=get,update',
      '--resource=certificatesigningrequests,certificatesigningrequests/approval',
    ]);
    await kubectl(['create', 'clusterrolebinding', role, `--clusterrole=${role}`, '--user=approver']);
    assert.match(
      await kubectl.failure(['certificate', 'approve', yes, '--as=approver']),
      /user not permitted to approve requests with signerName "example\.com\/own"/,
    );
    assert.match(await kubectl.text('certificate', 'approve', yes), /approved$/);
    assert.match(await kubectl.text('certificate', 'deny', no), /denied$/);
    const rows = lines(await kubectl.text('get', 'csr', yes, no));
    assert.match(rows[1]!, /example\.com\/own system:admin <none> Approved$/);
    assert.match(rows[2]!, /Denied$/);
  } finally {
    await kubectl(['delete', 'csr', yes, no]);
  }
});
