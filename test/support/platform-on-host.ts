import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { httpGet } from './http-get.ts';
import { createKubectl, type Kubectl } from './kubectl.ts';
import { exampleText } from './manifests.ts';
import type { TestHost } from './test-host.ts';

/** Where the installer puts the administrator's kubeconfig. */
export const HOST_KUBECONFIG = '/etc/openshift/admin.kubeconfig';

/** The platform on a test host, as its administrator sees it from this machine. */
export interface PlatformOnHost extends Disposable {
  readonly kubectl: Kubectl;
  readonly kubeconfigPath: string;
  /** Fetches the kubeconfig anew: a host may come back with another address. */
  refresh(): Promise<void>;
}

export async function platformOnHost(host: TestHost): Promise<PlatformOnHost> {
  const folder = mkdtempSync(join(tmpdir(), 'oo-test-admin-'));
  const kubeconfigPath = join(folder, 'kubeconfig');
  const refresh = async (): Promise<void> => {
    writeFileSync(kubeconfigPath, (await host.exec(['cat', HOST_KUBECONFIG])).stdout, { mode: 0o600 });
  };
  await refresh();
  return {
    kubectl: createKubectl(kubeconfigPath, folder),
    kubeconfigPath,
    refresh,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The same of a host that has started anew: it may have another address, which its kubeconfig tells once the daemon runs. */
export async function platformBackOnHost(host: TestHost): Promise<PlatformOnHost> {
  const platform = await platformOnHost(host);
  await eventually(
    async () => {
      await platform.refresh();
      await platform.kubectl(['get', '--raw', '/readyz'], { timeout: 5_000 });
    },
    { timeout: 60_000, what: `the platform of ${host.name}` },
  );
  return platform;
}

/** ms that the examples may take: a virtual machine under emulation is given more. */
export interface Patience {
  readonly timeout: number;
}
const minute: Patience = { timeout: 60_000 };

/** Creates the controller and the service of docs/examples with this token and waits until three pods are ready. */
export async function createExamples(kubectl: Kubectl, token: string, patience = minute): Promise<void> {
  await kubectl.create(exampleText('replication-controller.yaml', token));
  await kubectl.create(exampleText('service.yaml', token));
  await examplesReady(kubectl, patience);
}

export async function examplesReady(kubectl: Kubectl, patience = minute): Promise<void> {
  await eventually(
    async () => assert.equal(await kubectl.text('get', 'rc', 'hello', '-o', 'jsonpath={.status.readyReplicas}'), '3'),
    patience,
  );
}

/** The examples' address from outside: the host and the node port. */
export async function exampleUrl(host: TestHost, kubectl: Kubectl): Promise<string> {
  const port = await kubectl.text('get', 'service', 'hello', '-o', 'jsonpath={.spec.ports[0].nodePort}');
  return `http://${await host.address()}:${port}/`;
}

/** Asks the examples until all three pods have answered with the token. */
export async function examplesAnswer(url: string, token: string, patience = minute): Promise<void> {
  const seen = new Set<string>();
  await eventually(async () => {
    const answer = await httpGet(url);
    const pod = /pod=(\S+)/.exec(answer)?.[1];
    assert.ok(pod !== undefined && answer.includes(`token=${token}`), answer);
    seen.add(pod);
    assert.equal(seen.size, 3, `only ${[...seen].join(', ')} answered`);
  }, patience);
}
