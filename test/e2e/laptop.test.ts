import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { after, test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { httpGet } from '../support/http-get.ts';
import { makeOtherVersion, type OtherVersion } from '../support/other-version.ts';
import { startWrk } from '../support/wrk.ts';
import { CHECKOUT } from '../support/checkout-on-host.ts';
import { listSettledHost } from '../support/host-listing.ts';
import { runForeignContainer } from '../support/hosts/foreign-container.ts';
import { outside, startTestNetwork } from '../support/hosts/test-network.ts';
import { KUBECTL } from '../support/kubectl.ts';
import { startLaptop } from '../support/operator/laptop.ts';
import { trust } from '../support/operator/operator.ts';
import { patient } from '../support/patience.ts';
import { onlyExpectedResidue } from '../support/residue.ts';
import { startSshHost } from '../support/ssh-host.ts';

// From a machine that holds only git: four servers, each reached in its own way and each in another state, with one command.

const password = 'open sesame';
const lan = await startTestNetwork({ internal: true });
const laptop = await startLaptop();
const keys = [laptop.publicKey];
const root = [{ name: 'root', keys }];
const bastion = await startSshHost({ users: [{ name: 'jump', keys }], networks: [outside, lan] });
const hosts = {
  bare: await startSshHost({ users: root }),
  stopped: await startSshHost({ users: root, docker: 'stopped' }),
  /** Nothing reaches it but the bastion, and it reaches nothing. */
  inner: await startSshHost({ users: root, networks: [lan] }),
  asked: await startSshHost({ users: [{ name: 'ops', keys, sudo: 'password', password }], docker: 'running' }),
};
const EXAMPLES = `${CHECKOUT}/docs/examples`;
/** What is in use on all of them after the upgrade. */
let newer: OtherVersion;
const names = Object.keys(hosts) as (keyof typeof hosts)[];
const situations = {
  bare: ['absent', 'packages'],
  stopped: ['stopped', 'packages'],
  inner: ['absent', 'packages'],
  asked: ['running', 'packages'],
} as const;
after(async () => {
  for (const host of [bastion, ...Object.values(hosts)]) await host.dispose();
  await laptop[Symbol.asyncDispose]();
  await lan[Symbol.asyncDispose]();
});

await trust(laptop, bastion, ...Object.values(hosts));
const blocks = await Promise.all(
  Object.entries({ bastion, ...hosts }).map(async ([name, host]) => `Host ${name}\n  HostName ${await host.address()}\n`),
);
await laptop.write({
  '.ssh/config': `${blocks.join('')}Host bastion\n  User jump\nHost inner\n  ProxyJump bastion\nHost asked\n  User ops\nHost *\n  User root\n`,
  '.sudo-password': `${password}\n`,
});
await laptop.machine.copyIn(dirname(KUBECTL), '/usr/local/bin', ['kubectl']);
// Somebody has logged in before: what PAM and sudo note of that is not the installer's doing.
for (const name of names) await laptop.exec(['ssh', '-oBatchMode=yes', name, 'true']);
const foreign = await runForeignContainer(hosts.asked);
await hosts.asked.exec(['su', 'ops', '-c', 'sudo -S -p "" true'], { stdin: `${password}\n` });
const before = new Map(await Promise.all(names.map(async (name) => [name, await listSettledHost(hosts[name])] as const)));

test('one command installs all four, and asks for the sudo password once', { timeout: patient(400_000) }, async () => {
  await using run = laptop.ooInstallOnTerminal(names);
  await run.until(/sudo password of ops/, 60_000);
  run.stdin.write(`${password}\n`);
  assert.equal(await run.ended(380_000), 0, run.output());
  assert.equal(run.output().includes(password), false, 'the password is on the terminal');
  for (const name of names) assert.match(run.output(), new RegExp(`\\b${name}\\b`));
});

test('kubectl on the laptop runs a pod on each of them', { timeout: patient(120_000) }, async () => {
  await using _tunnel = await tunnelTo('inner');
  const reached = await laptop.ooInstall([
    'kubeconfig',
    'bare',
    'stopped',
    'asked',
    '--sudo-password-file',
    '/root/.sudo-password',
  ]);
  assert.equal(reached.code, 0, reached.stdout + reached.stderr);
  const through = await laptop.ooInstall(['kubeconfig', 'inner', '--server', 'https://127.0.0.1:18443']);
  assert.equal(through.code, 0, through.stdout + through.stderr);
  for (const name of names) {
    const kubectl = ['kubectl', '--context', `oo-${name}`];
    await laptop.exec([...kubectl, 'create', '-f', `${CHECKOUT}/docs/examples/pod.yaml`]);
    await laptop.exec([...kubectl, 'wait', '--for=condition=Ready', '--timeout=240s', 'pod/hello-openshift']);
    const { stdout } = await laptop.exec([...kubectl, 'get', 'pod', 'hello-openshift', '-o', 'jsonpath={.spec.nodeName}']);
    assert.equal(stdout, hosts[name].name);
    await laptop.exec([...kubectl, 'delete', 'pod', 'hello-openshift']);
  }
});

test('again: nothing to do on any; status finds all of them ready', { timeout: patient(120_000) }, async () => {
  const flags = ['--json', '--sudo-password-file', '/root/.sudo-password'];
  const again = eventsOf(await laptop.ooInstall([...names, ...flags]));
  const outcomes = again.filter(({ event }) => event === 'result').map(({ outcome }) => outcome);
  assert.deepEqual(outcomes, ['unchanged', 'unchanged', 'unchanged', 'unchanged']);
  const status = eventsOf(await laptop.ooInstall(['status', ...names, ...flags])).filter(({ event }) => event === 'status');
  assert.deepEqual(Object.fromEntries(status.map(({ host, platform }) => [host, platform])), {
    bare: 'ready',
    stopped: 'ready',
    inner: 'ready',
    asked: 'ready',
  });
});

test(
  'an upgrade of all four while wrk asks pods of one: no request fails, and the containers stay',
  { timeout: patient(300_000) },
  async () => {
    const kubectl = ['kubectl', '--context', 'oo-bare'];
    await laptop.exec([...kubectl, 'create', '-f', `${EXAMPLES}/replication-controller.yaml`, '-f', `${EXAMPLES}/service.yaml`]);
    const ready = '--for=jsonpath={.status.readyReplicas}=3';
    await laptop.exec([...kubectl, 'wait', ready, '--timeout=240s', 'replicationcontroller/hello']);
    const { stdout: port } = await laptop.exec([
      ...kubectl,
      'get',
      'service',
      'hello',
      '-o',
      'jsonpath={.spec.ports[0].nodePort}',
    ]);
    const containers = async () =>
      (await hosts.bare.shell('docker ps -q --no-trunc --filter label=io.kubernetes.pod.namespace=default | sort')).stdout;
    // Pods of the test before may still be going.
    const started = await eventually(
      async () => {
        const now = await containers();
        assert.equal(now.trim().split('\n').length, 6, `three sandboxes and what runs in them, not\n${now}`);
        return now;
      },
      { timeout: 30_000 },
    );
    newer = await makeOtherVersion(laptop.machine, '0.2.0');
    // A file of the sample application: its greeting comes without a length, and wrk takes an end without one for a failure.
    const url = `http://${await hosts.bare.address()}:${port}/healthz`;
    await eventually(() => httpGet(url));

    await using wrk = startWrk(url, { restless: true });
    const result = await newer.run(['upgrade', ...names, '--sudo-password-file', '/root/.sudo-password']);
    assert.equal(result.code, 0, result.stdout + result.stderr);
    for (const name of names)
      assert.match(result.stdout, new RegExp(`${name} .*OpenShift 0\\.2\\.0 \\([0-9a-f]{12}\\) is running`));
    const { requests, failed, report } = await wrk.stop();
    assert.equal(failed, 0, report);
    assert.ok(requests > 1_000, report);
    assert.equal(await containers(), started);
  },
);

test('uninstall of all four leaves what was there, Docker too where it was', { timeout: patient(200_000) }, async () => {
  const result = await newer.run(['uninstall', ...names, '--yes', '--sudo-password-file', '/root/.sudo-password']);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  assert.equal(await foreign.identity(), foreign.started, 'the foreign container was restarted, or is gone');
  await Promise.all(names.map((name) => onlyExpectedResidue(hosts[name], situations[name], before.get(name)!)));
});

/** The API of a server that only the bastion reaches, on port 18443 of the laptop. */
async function tunnelTo(name: keyof typeof hosts): Promise<AsyncDisposable> {
  const forward = `127.0.0.1:18443:${await hosts[name].address()}:8443`;
  const control = ['-S', '/root/.ssh/tunnel'];
  await laptop.exec(['ssh', '-fNM', ...control, '-o', 'ExitOnForwardFailure=yes', '-L', forward, 'bastion']);
  return {
    async [Symbol.asyncDispose]() {
      await laptop.exec(['ssh', ...control, '-O', 'exit', 'bastion'], { anyCode: true });
    },
  };
}

function eventsOf({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) {
  assert.equal(code, 0, stdout + stderr);
  const lines = stdout.trim().split('\n');
  return lines.map((line) => JSON.parse(line) as { event: string; host: string; outcome?: string; platform?: string });
}
