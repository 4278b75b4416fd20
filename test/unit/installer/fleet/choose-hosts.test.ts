import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitHosts, matchesGlob } from '../../../../lib/installer/fleet/limit-hosts.ts';
import { refuseDuplicates } from '../../../../lib/installer/fleet/refuse-duplicates.ts';
import { processorTime } from '../../../support/processor-time.ts';

const hosts = ['web1', 'web2', 'db1', 'root@10.0.0.1:22'].map((name) => ({ name, route: name }));
const limited = (...terms: string[]) => limitHosts(hosts, terms).map(({ name }) => name);

test('--limit takes names and patterns, and keeps the order of the hosts', () => {
  assert.deepEqual(limited(), ['web1', 'web2', 'db1', 'root@10.0.0.1:22']);
  assert.deepEqual(limited('db1,web*'), ['web1', 'web2', 'db1']);
  assert.deepEqual(limited('web?', 'root@10.0.0.1:22'), ['web1', 'web2', 'root@10.0.0.1:22']);
});

test('a term that chooses no host is a mistake that is told', () => {
  assert.throws(() => limited('web1', 'wob*'), { code: 'LIMIT_MATCHES_NOTHING', message: /"wob\*".*web1, web2, db1/ });
  assert.throws(() => limited(''), { code: 'LIMIT_MATCHES_NOTHING' });
});

test('patterns match whole names, quickly', () => {
  const cases: [string, string, boolean][] = [
    ['web1', '*', true],
    ['web1', 'web', false],
    ['web1', '*eb*1', true],
    ['web1', 'w*b*b*1', false],
    ['aba', 'a*ba*a', false],
    ['a.b', 'a?b', true],
    ['a', '(a+)+$', false],
  ];
  for (const [name, pattern, matches] of cases) assert.equal(matchesGlob(name, pattern), matches, `${name} ${pattern}`);
  const begin = processorTime();
  matchesGlob('a'.repeat(5_000), `${'*a'.repeat(500)}b`);
  assert.ok(processorTime() - begin < 1_000);
});

test('one server under two names is refused', () => {
  const twice = [...hosts, { name: 'www', route: 'web1' }];
  assert.throws(() => refuseDuplicates(twice), { code: 'HOST_TWICE', message: 'web1 and www are the same server: web1' });
  assert.throws(() => refuseDuplicates([hosts[0]!, hosts[0]!]), { code: 'HOST_TWICE', message: 'web1 is named more than once' });
  refuseDuplicates(hosts);
});
