import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { parse, stringify } from 'yaml';
import { eventually } from './eventually.ts';
import { ensureWebImages } from './images.ts';
import { createKubectl, type Kubectl } from './kubectl.ts';
import { startPlatform, type TestPlatform } from './platform.ts';

/** What a test needs to know of a platform that it may not stop. */
export interface SharedPlatform {
  readonly kubeconfigPath: string;
  readonly nodeName: string;
  readonly url: string;
}

/** A namespace of a test file's own, on the platform that the stage shares. */
export interface TestNamespace extends SharedPlatform {
  readonly namespace: string;
  /** With this namespace as the default one. */
  readonly kubectl: Kubectl;
  readonly nodeAddress: string;
}

/** Environment variable by which shared-platform-setup.ts hands its platform to the test files. */
export const SHARED_PLATFORM = 'OO_TEST_SHARED_PLATFORM';

export function describePlatform({ kubeconfigPath, nodeName, url }: TestPlatform): SharedPlatform {
  return { kubeconfigPath, nodeName, url };
}

/** To be called once, at a test file's top. A file that is run by itself gets a platform of its own. */
export async function useNamespace(prefix: string): Promise<TestNamespace> {
  const shared = process.env[SHARED_PLATFORM];
  const own = shared === undefined ? await startPlatform() : undefined;
  if (own !== undefined) after(() => own.stop());
  await ensureWebImages();
  return namespaceOn(own === undefined ? (JSON.parse(shared!) as SharedPlatform) : describePlatform(own), prefix);
}

/** A kubeconfig whose only context has this namespace as the default one. */
function withNamespace(kubeconfig: string, namespace: string): string {
  const config = parse(kubeconfig) as { contexts: { context: object }[] };
  return stringify({ ...config, contexts: config.contexts.map((one) => ({ ...one, context: { ...one.context, namespace } })) });
}

/** A new namespace on a platform, with a kubeconfig that names it. Deleted after the file's tests. */
export async function namespaceOn(platform: SharedPlatform, prefix: string): Promise<TestNamespace> {
  const home = mkdtempSync(join(tmpdir(), 'oo-test-home-'));
  const kubeconfigPath = join(home, 'kubeconfig');
  const kubectl = createKubectl(kubeconfigPath, home);
  const namespace = `${prefix}-${randomBytes(3).toString('hex')}`;
  writeFileSync(kubeconfigPath, withNamespace(readFileSync(platform.kubeconfigPath, 'utf8'), namespace), { mode: 0o600 });
  await kubectl(['create', 'namespace', namespace]);
  // Controllers bring them, and pods need both.
  await eventually(() => kubectl(['get', 'serviceaccount/default', 'configmap/kube-root-ca.crt']), { timeout: 15_000 });
  after(async () => {
    // The platform may be gone already when the file owns it.
    await kubectl(['delete', 'namespace', namespace, '--wait=false'], { anyCode: true });
    rmSync(home, { recursive: true, force: true });
  });
  return { ...platform, kubeconfigPath, namespace, kubectl, nodeAddress: new URL(platform.url).hostname };
}
