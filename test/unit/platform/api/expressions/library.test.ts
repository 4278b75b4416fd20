import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DYN } from '../../../../../lib/platform/cel/types/type.ts';
import { fromJson } from '../../../../../lib/platform/cel/values/json.ts';
import { CelError } from '../../../../../lib/platform/cel/values/value.ts';
import { CALL_LIMIT, kubernetesEnvironment } from '../../../../../lib/platform/api/expressions/environment.ts';
import { AUTHORIZER, AuthorizerValue } from '../../../../../lib/platform/api/expressions/library/authorizers.ts';

const asked: string[] = [];
const authorizer = new AuthorizerValue(
  ({ name }, question) => {
    asked.push(`${name} ${JSON.stringify(question)}`);
    return question.verb === 'create' ? { allowed: true, reason: 'may' } : { allowed: false };
  },
  { name: 'ann', groups: [] },
);

function evaluate(source: string): unknown {
  const program = kubernetesEnvironment().compile(source, (name) =>
    name === 'authorizer' ? AUTHORIZER : name === 'o' ? DYN : undefined,
  );
  const { value } = program.evaluate((name) => (name === 'authorizer' ? authorizer : fromJson({})), CALL_LIMIT);
  return value instanceof CelError ? value.message : value;
}

/** Examples of https://kubernetes.io/docs/reference/using-api/cel/ and of the libraries' own documentation. */
const TRUE = `
  [1, 2, 3].isSorted()
  ![1, 3, 2].isSorted()
  ['a', 'b'].isSorted() && [].isSorted()
  [1, 3].sum() == 4 && [1.5, 2.5].sum() == 4.0 && [].sum() == 0
  [duration('1m'), duration('30s')].sum() == duration('90s')
  [1, 3].min() == 1 && [1, 3].max() == 3
  [1, 2, 2, 3].indexOf(2) == 1 && [1, 2, 2, 3].lastIndexOf(2) == 2 && [1].indexOf(7) == -1
  "abc 123".find('[0-9]*') == '' && "abc 123".find('[0-9]+') == '123'
  "123 abc 456".findAll('[0-9]+') == ['123', '456']
  "123 abc 456".findAll('[0-9]+', 1) == ['123'] && "123 abc 456".findAll('xyz') == []
  url('https://example.com:80/').getHost() == 'example.com:80'
  url('https://[::1]:80/path').getHostname() == '::1' && url('https://[::1]:80/path').getPort() == '80'
  url('https://example.com/path with spaces/').getEscapedPath() == '/path%20with%20spaces/'
  url('/path').getScheme() == '' && url('/path').getHost() == ''
  url('https://example.com/path?k1=a&k2=b&k2=c').getQuery() == {'k1': ['a'], 'k2': ['b', 'c']}
  isURL('https://a:b/') == false && isURL('../relative-path') == false && isURL('/absolute-path')
  isQuantity('1.3Gi') && !isQuantity('1,3G') && !isQuantity('200K')
  quantity("50M").isLessThan(quantity("100M")) && quantity("150Mi").isGreaterThan(quantity("100Mi"))
  quantity("200M").compareTo(quantity("0.2G")) == 0 && quantity("50M").compareTo(quantity("50Mi")) == -1
  quantity("50k").add(20).sub(quantity("100k")).sub(-50000) == quantity("20")
  quantity("50k").asInteger() == 50000 && quantity("50k").sub(20000).asApproximateFloat() == 30000.0
  quantity("500m").isInteger() == false && sign(quantity("-1")) == -1
  isIP('127.0.0.1') && isIP('::1') && !isIP('127.0.0.256') && !isIP(':::1') && !isIP('fe80::1%eth0')
  ip.isCanonical('2001:db8::abcd') && !ip.isCanonical('2001:DB8::ABCD') && !ip.isCanonical('2001:db8::0:0:0:abcd')
  ip('127.0.0.1').family() == 4 && ip('::1').family() == 6
  ip('0.0.0.0').isUnspecified() && ip('::').isUnspecified() && ip('::1').isLoopback()
  ip('224.0.0.1').isLinkLocalMulticast() && !ip('224.0.1.1').isLinkLocalMulticast()
  ip('169.254.169.254').isLinkLocalUnicast() && ip('fe80::1').isLinkLocalUnicast()
  ip('192.168.0.1').isGlobalUnicast() && !ip('255.255.255.255').isGlobalUnicast()
  ip('2001:db8::abcd') == ip('2001:DB8::ABCD') && string(ip('2001:DB8::ABCD')) == '2001:db8::abcd'
  isCIDR('192.168.0.0/16') && isCIDR('::1/128') && !isCIDR('192.168.0.0/33') && !isCIDR('::1/129')
  cidr('192.168.0.0/24').containsIP(ip('192.168.0.1')) && !cidr('192.168.0.0/24').containsIP('192.168.1.1')
  cidr('192.168.0.0/16').containsCIDR('192.168.10.0/24') && !cidr('192.168.1.0/24').containsCIDR(cidr('192.168.0.0/16'))
  cidr('192.168.0.1/24').ip() == ip('192.168.0.1') && cidr('192.168.0.1/24').prefixLength() == 24
  string(cidr('192.168.0.1/24').masked()) == '192.168.0.0/24'
  format.dns1123Label().validate('my-name').hasValue() == false
  format.dns1123Label().validate('my_name').value().size() > 0
  format.named('uuid').value().validate('123e4567-e89b-12d3-a456-426614174000') == optional.none()
  format.named('nothing') == optional.none()
  format.date().validate('2021-02-30').hasValue() && !format.date().validate('2021-02-28').hasValue()
  semver('1.2.3').isLessThan(semver('1.10.0')) && semver('1.0.0-alpha').isLessThan(semver('1.0.0'))
  semver('1.0.0-alpha.2').compareTo(semver('1.0.0-alpha.10')) == -1 && semver('1.0.0+a') == semver('1.0.0+b')
  isSemver('1.2.3') && !isSemver('v1.0') && isSemver('v1.0', true) && semver('v01.2', true) == semver('1.2.0')
  semver('1.2.3').major() == 1 && semver('1.2.3').minor() == 2 && semver('1.2.3').patch() == 3
  sets.contains([1, 2, 3], [2]) && sets.equivalent([1, 1], [1]) && sets.intersects([1], [1, 2])
  {'a': 1, 'b': 2}.transformMap(k, v, v * 2) == {'a': 2, 'b': 4} && [1, 2].all(i, v, i < v)
  authorizer.group('apps').resource('deployments').namespace('shop').check('create').allowed()
  authorizer.path('/healthz').check('get').allowed() == false
  authorizer.serviceAccount('shop', 'robot').group('').resource('pods').check('create').reason() == 'may'
`;

for (const source of TRUE.trim().split('\n'))
  test(`holds: ${source.trim()}`, () => {
    assert.equal(evaluate(source.trim()), true);
  });

/** What goes wrong, in Kubernetes' words. */
const ERRORS: readonly (readonly [string, string])[] = [
  ['[o.a].min() == 1', 'no such key: a'],
  ['dyn([]).min() == 1', 'min called on empty list'],
  [
    "ip('not-an-ip').family() == 4",
    `IP Address "not-an-ip" parse error during conversion from string: ParseAddr("not-an-ip"): unable to parse IP`,
  ],
  ["ip('::ffff:1.2.3.4').family() == 6", 'IPv4-mapped IPv6 address "::ffff:1.2.3.4" is not allowed'],
  ["authorizer.path(' ').check('get').allowed()", 'path must not be empty'],
  ["authorizer.group('').resource('').check('get').allowed()", 'resource must not be empty'],
  ["quantity('1.5').asInteger() == 1", 'cannot convert value to integer'],
  [
    "authorizer.path('/a').check('get').allowed() || authorizer.path('/b').check('get').allowed() || authorizer.path('/c').check('get').allowed()",
    'operation cancelled: actual cost limit exceeded',
  ],
];

for (const [source, wanted] of ERRORS)
  test(`fails: ${source}`, () => {
    assert.equal(evaluate(source), wanted);
  });

test('a check asks for the user, about all that was named', () => {
  asked.length = 0;
  evaluate(
    "authorizer.group('apps').resource('deployments').subresource('scale').namespace('shop').name('web').check('update').allowed()",
  );
  assert.deepEqual(asked, [
    'ann {"group":"apps","version":"*","resource":"deployments","subresource":"scale","namespace":"shop","name":"web","verb":"update"}',
  ]);
});
