import assert from 'node:assert/strict';
import { it } from 'node:test';
import { loginsFor, parsePullSecret } from '../../../../../../lib/platform/node/kubelet/images/pull-secrets.ts';
import { referenceProblem, registryOf, splitReference } from '../../../../../../lib/platform/runtime/image-reference.ts';

const secret = (auths: object) => parsePullSecret(new Map([['.dockerconfigjson', Buffer.from(JSON.stringify({ auths }))]]));

it('reads both forms of a pull secret, and nothing else', () => {
  assert.deepEqual(secret({ 'r:5000': { auth: btoa('u:p:w') } }).get('r:5000'), { username: 'u', password: 'p:w' });
  assert.deepEqual(secret({ r: { username: 'u', password: 'p' } }).get('r'), { username: 'u', password: 'p' });
  const bare = parsePullSecret(new Map([['.dockercfg', Buffer.from(JSON.stringify({ r: { auth: btoa('u:p') } }))]]));
  assert.deepEqual(bare.get('r'), { username: 'u', password: 'p' });
  for (const text of ['', 'null', '[]', '{"auths":null}', '{"auths":{"r":null}}', '{'])
    assert.equal(parsePullSecret(new Map([['.dockerconfigjson', Buffer.from(text)]])).size, 0, text);
});

it('offers a login to its own registry only, the closest path first', () => {
  const logins = secret({
    'https://index.docker.io/v1/': { auth: btoa('hub:x') },
    'r.example:5000': { auth: btoa('all:x') },
    'r.example:5000/team': { auth: btoa('team:x') },
    '*.wild.example': { auth: btoa('wild:x') },
  });
  const users = (image: string) => loginsFor(image, [logins]).map(({ username }) => username);
  assert.deepEqual(users('busybox'), ['hub']);
  assert.deepEqual(users('library/busybox:1'), ['hub']);
  assert.deepEqual(users('r.example:5000/team/app:1'), ['team', 'all']);
  assert.deepEqual(users('r.example:5000/teams/app'), ['all']);
  assert.deepEqual(users('a.wild.example/x'), ['wild']);
  assert.deepEqual(users('a.b.wild.example/x'), []);
  assert.deepEqual(users('evil.example/r.example:5000/team/app'), []);
});

it('splits references', () => {
  assert.deepEqual(splitReference('a'), { name: 'a', tag: 'latest' });
  assert.deepEqual(splitReference('h:5000/a/b'), { name: 'h:5000/a/b', tag: 'latest' });
  assert.deepEqual(splitReference('h:5000/a/b:1.2'), { name: 'h:5000/a/b', tag: '1.2' });
  assert.deepEqual(splitReference('a:1@sha256:ab'), { name: 'a', tag: 'sha256:ab' });
  assert.deepEqual(['a', 'a/b', 'localhost/a', 'h.io/a', 'h:1/a'].map(registryOf), [
    'https://index.docker.io/v1/',
    'https://index.docker.io/v1/',
    'localhost',
    'h.io',
    'h:1',
  ]);
});

it('knows a malformed reference', () => {
  for (const good of ['a', 'a/b:1', 'h:5000/a_b/c-d:V.1', `a@sha256:${'0'.repeat(64)}`, 'localhost/x'])
    assert.equal(referenceProblem(good), undefined, good);
  for (const bad of ['', 'A B', 'a:', 'a:tag!', '/a', 'a//b', 'a@sha256:xyz', '-a', 'a\nb', '$(id)'])
    assert.ok(referenceProblem(bad), bad);
  assert.equal(referenceProblem('Upper'), 'repository name must be lowercase');
});
