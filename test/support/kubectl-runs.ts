import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../lib/common/assets.ts';

/** A run of files of test/conformance/kubectl: the stage's name, whose kubectl is the client, and where the platform keeps its objects. */
export type KubectlRun = 'kubectl-sid' | 'kubectl-sid-long' | 'kubectl' | 'kubectl-etcd';

/** The release of Debian whose kubectl is the client of a run. */
export const CLIENT_OF: Readonly<Record<KubectlRun, 'sid' | 'trixie'>> = {
  'kubectl-sid': 'sid',
  'kubectl-sid-long': 'sid',
  kubectl: 'trixie',
  'kubectl-etcd': 'sid',
};

/**
 * Files that are about the platform, with what they are about: kubectl is how they ask, and another release of it would ask the same. They
 * run with trixie's, which users have. Every command that they use is run with both clients by other files: kubectl-runs.test.ts sees to that.
 */
export const ONE_CLIENT: Readonly<Record<string, string>> = {
  'access-docs.test.ts': 'rights, by the commands of docs/access.md',
  'admission-policies.test.ts': 'policies of admission, by the commands of docs/admission.md',
  'api-services.test.ts': 'servers that extend the API, by the commands of docs/aggregation.md',
  'autoscale.test.ts': 'the autoscaler: what it measures, and when it scales',
  'bad-input.test.ts': 'requests that no kubectl would send',
  'builds.test.ts': 'builds, by the commands of docs/builds.md',
  'deployment-configs.test.ts': 'deployer pods, requests during a rolling update, the commands of docs/deployment-configs.md',
  'images.test.ts': 'image streams, their tags, imports',
  'kubecfg.test.ts': 'kubecfg, the client of 2014',
  'limits.test.ts': 'limits and quotas',
  'projects.test.ts': 'projects and the traffic between them, by the commands of docs/projects.md and docs/network.md',
  'rollout-under-load.test.ts': 'requests while pods are replaced',
  'routes.test.ts': 'routes, and ingresses that become some',
  'same-again.test.ts': 'what is applied once more, as charts are, and changes nothing',
  'storage-docs.test.ts': 'volumes, by the commands of docs/storage.md',
  'templates.test.ts': 'templates, and what they are made into',
  'workloads-docs.test.ts': 'workloads, by the commands of docs/workloads.md',
};

/** What a store could do wrong: these run with trixie's kubectl on SQLite, and with sid's on etcd. */
export const BOTH_STORES: readonly string[] = [
  'change.test.ts',
  'delete.test.ts',
  'first-steps.test.ts',
  'get.test.ts',
  'wait-events.test.ts',
];

/** They wait for workloads for minutes: `npm test` runs them with trixie's kubectl, the long tests with sid's. */
export const LONG: readonly string[] = [
  'custom-resources.test.ts',
  'debug.test.ts',
  'kustomize.test.ts',
  'node-maintenance.test.ts',
  'resize.test.ts',
  'rollout.test.ts',
  'set-and-scale.test.ts',
  'top.test.ts',
];

const FOLDER = 'test/conformance/kubectl';

/** The files of a run, as paths from the project's folder, in order. A new file is in every run that is not for some files alone. */
export function filesOf(run: KubectlRun): string[] {
  const files = readdirSync(join(packageRoot(), FOLDER)).filter((file) => file.endsWith('.test.ts'));
  const chosen: Readonly<Record<KubectlRun, (file: string) => boolean>> = {
    'kubectl-sid': (file) => !(file in ONE_CLIENT) && !BOTH_STORES.includes(file) && !LONG.includes(file),
    'kubectl-sid-long': (file) => LONG.includes(file),
    kubectl: () => true,
    'kubectl-etcd': (file) => BOTH_STORES.includes(file),
  };
  return files
    .filter(chosen[run])
    .toSorted()
    .map((file) => `${FOLDER}/${file}`);
}
