import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { ooInstall, startHostWithCheckout } from '../support/checkout-on-host.ts';
import { eventually } from '../support/eventually.ts';
import { readLoad } from '../support/load.ts';
import { makeOtherVersion } from '../support/other-version.ts';
import { patient } from '../support/patience.ts';
import { createExamples, examplesAnswer, exampleUrl, platformOnHost } from '../support/platform-on-host.ts';
import type { CommandResult } from '../support/run-command.ts';

// One server through several versions, while requests go to its pods: none may fail, and no container may be another one.

const host = await startHostWithCheckout({ docker: 'running', equipped: true });
after(() => host.dispose());
const token = randomBytes(8).toString('hex');

const good = await makeOtherVersion(host, '0.2.0');
const ends = await makeOtherVersion(
  host,
  '0.3.0',
  `if (process.argv[2] === 'start') { process.stderr.write('openshift: cannot go on\\n'); process.exit(1); }`,
);
const hangs = await makeOtherVersion(
  host,
  '0.4.0',
  `if (process.argv[2] === 'start') await new Promise(() => setInterval(() => undefined, 1000));`,
);

const containers = async (): Promise<string[]> =>
  (await host.shell('docker ps -q --no-trunc --filter label=io.kubernetes.pod.namespace=default')).stdout
    .split('\n')
    .filter(Boolean)
    .sort();
const text = ({ stdout, stderr }: CommandResult): string => stdout + stderr;
interface Status {
  readonly event: string;
  readonly version: string;
  readonly platform: string;
  readonly isCurrent: boolean;
  readonly upgrade: string;
}
const status = async (): Promise<Status> => {
  const { stdout } = await ooInstall(host, ['status', 'localhost', '--json']);
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Status);
  return events.find(({ event }) => event === 'status')!;
};
const links = async (): Promise<string> => (await host.shell('readlink /opt/oo-install/*/current')).stdout;
const kept = async (): Promise<number> =>
  Number((await host.shell('ls -d /opt/oo-install/openshift/????* | grep -vc current')).stdout);

const installed = await ooInstall(host, ['localhost']);
assert.equal(installed.code, 0, text(installed));
const platform = await platformOnHost(host);
after(() => platform[Symbol.dispose]());
await createExamples(platform.kubectl, token);
const url = await exampleUrl(host, platform.kubectl);
await examplesAnswer(url, token);
const before = await eventually(async () => {
  const now = await containers();
  assert.equal(now.length, 6, `three sandboxes and what runs in them, not ${now.join(', ')}`);
  return now;
});
const load = readLoad(url, token);
after(() => load.stop());
// The same through the service's own address, from the server itself: one line for each failure.
const clusterIP = await platform.kubectl.text('get', 'service', 'hello', '-o', 'jsonpath={.spec.clusterIP}');
const ask = (at: string) => `import { existsSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
const once = () => new Promise((resolve) => {
  const request = get('${at}', { agent: false, timeout: ${patient(2_000)} }, (answer) => {
    let body = '';
    answer.on('data', (chunk) => (body += chunk)).on('end', () => resolve(body)).on('error', (error) => resolve(String(error)));
  });
  request.on('timeout', () => request.destroy(new Error('no answer in time'))).on('error', (error) => resolve(String(error)));
});
let n = 0;
for (; !existsSync('/root/asked'); await delay(5)) {
  const answer = await once();
  if (answer.includes('token=${token}')) n++;
  else console.log(\`after \${n}: \${answer}\`);
}
writeFileSync('/root/asked', String(n));
`;
await host.write({ '/root/ask.mjs': ask(`http://${clusterIP}/`) });
const inside = host.exec(['/opt/oo-install/runtime/current/node', '/root/ask.mjs'], { timeout: 600_000 });

test('status tells the version, and an upgrade from which to which before it does anything', async () => {
  assert.match((await status()).version, /^0\.1\.0 \([0-9a-f]{12}\)$/);
  const dry = await good.run(['upgrade', 'localhost', '--dry-run']);
  assert.equal(dry.code, 0, text(dry));
  assert.match(dry.stdout, /would +upgrade OpenShift from 0\.1\.0 \([0-9a-f]{12}\) to 0\.2\.0 \([0-9a-f]{12}\)/);
});

test('an upgrade keeps every container and every request', async () => {
  const result = await good.run(['upgrade', 'localhost']);
  assert.equal(result.code, 0, text(result));
  assert.match(result.stdout, /OpenShift 0\.2\.0 \([0-9a-f]{12}\) is running on localhost, after 0\.1\.0/);
  assert.deepEqual(await containers(), before);
  assert.deepEqual(load.results, []);
  const again = await good.run(['upgrade', 'localhost']);
  assert.match(again.stdout, /nothing to do/, text(again));
});

test('the version before can still ask for the status, and going back to it is refused', async () => {
  const { version, platform: state, isCurrent } = await status();
  assert.match(version, /^0\.2\.0 /);
  assert.deepEqual([state, isCurrent], ['ready', false]);
  const where = await links();
  for (const args of [['localhost'], ['upgrade', 'localhost']]) {
    const refused = await ooInstall(host, args);
    assert.equal(refused.code, 7, text(refused));
    assert.match(refused.stderr, /0\.2\.0 .*newer than this one, 0\.1\.0[^]*--allow-downgrade[^]*DOWNGRADE_REFUSED/);
  }
  assert.equal(await links(), where);
});

test('a version whose daemon ends at once is taken back, and its last words are told', async () => {
  const where = await links();
  const result = await ends.run(['upgrade', 'localhost', '--timeout', '60']);
  assert.equal(result.code, 6, text(result));
  assert.match(result.stderr, /0\.3\.0 .*did not prove itself, so 0\.2\.0 .* runs again[^]*cannot go on[^]*UPGRADE_RETURNED/);
  assert.equal(await links(), where);
  assert.deepEqual([(await status()).platform, (await status()).upgrade], ['ready', '']);
  assert.deepEqual(await containers(), before);
});

test('so is one that starts and is never ready', async () => {
  const result = await hangs.run(['upgrade', 'localhost', '--timeout', '8']);
  assert.equal(result.code, 6, text(result));
  assert.match(result.stderr, /not healthy after \d+ s[^]*UPGRADE_RETURNED/);
  assert.match((await status()).version, /^0\.2\.0 /);
  assert.deepEqual(await containers(), before);
});

test('a version that cannot read the configuration says so before anything is switched', async () => {
  const where = await links();
  await host.shell("echo 'ofTomorrow: true' >>/etc/openshift/config.yaml");
  const result = await hangs.run(['upgrade', 'localhost']);
  await host.shell("sed -i '/^ofTomorrow/d' /etc/openshift/config.yaml");
  assert.equal(result.code, 7, text(result));
  assert.match(result.stderr, /0\.4\.0 cannot take over here: [^]*ofTomorrow[^]*UPGRADE_UNFIT/);
  assert.equal(await links(), where);
  assert.equal((await status()).upgrade, '');
});

test('one that is cut in the middle is told, and the next run ends it', async () => {
  const running = hangs.run(['upgrade', 'localhost', '--timeout', '400']);
  await eventually(() => host.shell('grep -q \'"state":"switched"\' /var/lib/oo-install/upgrade.json'), { timeout: 60_000 });
  await host.shell("pkill -KILL -f '[a]gent.mjs serve'");
  assert.equal((await running).code, 4);
  assert.match((await status()).upgrade, /an upgrade from 0\.2\.0 to 0\.4\.0 was cut off/);
  const result = await good.run(['localhost']);
  assert.equal(result.code, 0, text(result));
  assert.deepEqual([(await status()).version.slice(0, 5), (await status()).upgrade], ['0.2.0', '']);
  assert.deepEqual(await containers(), before);
});

test('back on purpose; no more than two versions are kept, and no request has failed in all that', async () => {
  const result = await ooInstall(host, ['upgrade', 'localhost', '--allow-downgrade']);
  assert.equal(result.code, 0, text(result));
  assert.match((await status()).version, /^0\.1\.0 /);
  assert.equal(await kept(), 2);
  await load.stop();
  assert.deepEqual(load.results, []);
  await host.shell('touch /root/asked');
  assert.equal((await inside).stdout, '');
  assert.ok(Number((await host.exec(['cat', '/root/asked'])).stdout) > 100, 'hardly anything was asked');
  assert.deepEqual(await containers(), before);
});
