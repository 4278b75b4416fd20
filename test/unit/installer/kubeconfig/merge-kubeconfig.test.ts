import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { contextNameOf, type KubeconfigEntry } from '../../../../lib/installer/kubeconfig/kubeconfig-entry.ts';
import { mergeKubeconfig, removeFromKubeconfig } from '../../../../lib/installer/kubeconfig/merge-kubeconfig.ts';

const entry: KubeconfigEntry = {
  name: 'oo-web1',
  host: 'web1',
  server: 'https://192.0.2.10:8443',
  tlsServerName: undefined,
  authority: 'Q0E=',
  certificate: 'Q1JU',
  key: 'S0VZ',
};
const path = '/home/me/.kube/config';
const merge = (text: string, changes: Partial<KubeconfigEntry> = {}, setContext = false): string =>
  mergeKubeconfig(text, { ...entry, ...changes }, { path, setContext });

interface Config {
  readonly clusters: { name: string; cluster: { server: string; 'tls-server-name'?: string } }[];
  readonly users: { name: string }[];
  readonly contexts: { name: string; context: { cluster: string; user: string; namespace?: string } }[];
  readonly 'current-context': string;
}
const read = (text: string): Config => parse(text) as Config;
const names = (list: readonly { name: string }[]): string[] => list.map(({ name }) => name);

/** As kubectl writes it, with what a person adds. */
const others = `# mine
apiVersion: v1
clusters:
- cluster:
    server:   "https://10.0.0.1:6443"   # the lab
    insecure-skip-tls-verify: true
  name: lab
contexts:
- context: {cluster: lab, user: me, namespace: dev}
  name: lab
current-context: lab
kind: Config
preferences: {}
users:
- name: me
  user:
    exec:
        command: get-token
        args: ['--for', "lab"]   # odd
# the end
`;
/** The same with its lists indented, as other programs write them. */
const indented = others.replace(/^(clusters|contexts|users):\n((?:[- ].*\n)+)/gm, (_, key: string, body: string) => {
  return `${key}:\n${body.replace(/^/gm, '  ').replace(/ {2}$/, '')}`;
});

test('an empty file becomes a kubeconfig with this server as its current context', () => {
  for (const text of ['', '\n', '# nothing yet\n', 'apiVersion: v1\nkind: Config\nclusters: []\nusers: null\ncontexts:\n']) {
    const merged = merge(text);
    const config = read(merged);
    assert.deepEqual(config.contexts, [{ name: 'oo-web1', context: { cluster: 'oo-web1', user: 'oo-web1' } }], merged);
    assert.equal(config.clusters[0]?.cluster.server, 'https://192.0.2.10:8443');
    assert.equal(config['current-context'], 'oo-web1');
    assert.deepEqual((parse(merged) as { kind: string }).kind, 'Config');
  }
});

test('what others have in it keeps every byte, and their context stays the current one', () => {
  for (const text of [others, indented, others.replace('# the end\n', ''), others.trimEnd()]) {
    const merged = merge(text);
    const rest = merged.split('\n');
    for (const line of text.split('\n')) {
      const at = rest.indexOf(line);
      assert.notEqual(at, -1, `${JSON.stringify(line)} was changed or moved:\n${merged}`);
      rest.splice(0, at + 1);
    }
    assert.deepEqual(names(read(merged).clusters), ['lab', 'oo-web1']);
    assert.deepEqual(names(read(merged).users), ['me', 'oo-web1']);
    assert.equal(read(merged)['current-context'], 'lab');
  }
});

test('the current context changes only when that is asked for', () => {
  assert.equal(read(merge(others, {}, true))['current-context'], 'oo-web1');
  assert.match(merge(others, {}, true), /^# mine\n/);
  assert.equal(read(merge(others.replace('current-context: lab', 'current-context: ""')))['current-context'], 'oo-web1');
  assert.equal(read(merge(others.replace('current-context: lab', 'current-context:')))['current-context'], 'oo-web1');
});

test('again: the same bytes; another address: only that changes', () => {
  const once = merge(others);
  assert.equal(merge(once), once);
  const moved = merge(once, { server: 'https://192.0.2.99:8443', tlsServerName: 'web1' });
  assert.deepEqual(names(read(moved).clusters), ['lab', 'oo-web1']);
  assert.equal(read(moved).clusters[1]?.cluster['tls-server-name'], 'web1');
  assert.ok(moved.startsWith(others.split('contexts:')[0]!));
});

test('several servers stand beside each other, and one that is taken out leaves the file as it was', () => {
  for (const text of [others, indented]) {
    const both = merge(merge(text), { name: 'oo-web2', host: 'web2' });
    assert.deepEqual(names(read(both).contexts), ['lab', 'oo-web1', 'oo-web2']);
    const one = removeFromKubeconfig(both, 'web1', path);
    assert.deepEqual(one.removed, ['oo-web1']);
    assert.deepEqual(names(read(one.text).contexts), ['lab', 'oo-web2']);
    assert.equal(removeFromKubeconfig(one.text, 'web2', path).text, text);
    assert.deepEqual(removeFromKubeconfig(text, 'web1', path), { text, removed: [] });
  }
});

test('the last one that goes leaves lists that are empty, and no current context that is not there', () => {
  const { text } = removeFromKubeconfig(merge(''), 'web1', path);
  assert.deepEqual(read(text), {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [],
    users: [],
    contexts: [],
    'current-context': '',
  });
});

test('a context that its owner has renamed goes with its server, and is not made a second time', () => {
  const renamed = merge(others).replace('name: oo-web1\n  context:', 'name: production\n  context:');
  assert.deepEqual(removeFromKubeconfig(renamed, 'web1', path), { text: others, removed: ['production'] });
  assert.deepEqual(names(read(merge(renamed)).contexts), ['lab', 'oo-web1']);
});

test('a name that somebody else has taken is refused, and so is what is no kubeconfig', () => {
  const taken = others.replaceAll('lab', 'oo-web1');
  assert.throws(() => merge(taken), { code: 'KUBECONFIG_NAME_TAKEN', message: /oo-web1/ });
  for (const text of ['a: [', 'clusters: 1\n', '- a\n', 'clusters:\n- {}\n', 'a: 1\n---\nb: 2\n', '"text"']) {
    assert.throws(() => merge(text), { code: 'KUBECONFIG_UNREADABLE' }, text);
  }
});

test('a file in JSON is merged too, and says the same of the others', () => {
  const json = JSON.stringify(parse(others));
  const config = read(merge(json));
  assert.deepEqual(names(config.clusters), ['lab', 'oo-web1']);
  assert.deepEqual(config.contexts[0], { name: 'lab', context: { cluster: 'lab', user: 'me', namespace: 'dev' } });
  assert.deepEqual(read(removeFromKubeconfig(merge(json), 'web1', path).text), parse(others));
});

test('lists in any block style are edited in place', () => {
  const odd = `contexts:
    -   name: lab   # first
        context:
            cluster: lab
            user: me
    -
        name: two
        context: {cluster: lab, user: me}
users: []   # none
clusters:
  - name: lab
    cluster: {server: "https://10.0.0.1"}
`;
  const merged = merge(odd);
  assert.deepEqual(names(read(merged).contexts), ['lab', 'two', 'oo-web1'], merged);
  assert.match(merged, /-   name: lab {3}# first\n/);
  assert.deepEqual(read(removeFromKubeconfig(merged, 'web1', path).text).contexts, read(odd).contexts);
});

test('names of contexts hold nothing that a shell or a file would mind', () => {
  const cases: [string, string][] = [
    ['localhost', 'oo-localhost'],
    ['root@web1:2222', 'oo-web1-2222'],
    ['ssh://a@b.example.org', 'oo-b.example.org'],
    ['[2001:db8::1]:22', 'oo-2001-db8-1-22'],
    ['$(reboot)', 'oo-reboot'],
    ['@', 'oo-host'],
  ];
  for (const [host, name] of cases) assert.equal(contextNameOf(host), name, host);
});
