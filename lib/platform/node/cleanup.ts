import { join } from 'node:path';
import type { Log } from '../../common/log.ts';
import { systemClock } from '../../common/clock.ts';
import { dataPaths } from '../config/data-paths.ts';
import type { PlatformConfig } from '../config/platform-config.ts';
import { dockerImageRuntime } from '../runtime/docker-image-runtime.ts';
import { dockerRuntime } from '../runtime/docker.ts';
import { removeDockerTrust } from './docker-trust.ts';
import { removeBuilds } from './builds/build-remains.ts';
import { removeBuildCgroups } from './builds/cgroups/remove-build-cgroups.ts';
import { removeBridge } from './network/bridge.ts';
import { removePortGuard } from './network/port-guard.ts';
import { removePortMapRules } from './network/port-map-rules.ts';
import { removeProxyRules } from './proxy/remove-rules.ts';
import { unmountAll } from './kubelet/volumes/mounts.ts';

/** The label that every container of a node carries, whatever its pod. */
const NODE_LABEL = 'io.openshift.node';
/** A pod's processes have had their own grace long before; here only stragglers are left. */
const GRACE = 2_000;

/**
 * Takes everything away that this node put on the machine and that is not a file: containers, mounts, network rules and
 * the bridge. Safe to run again, and while Docker is stopped: what cannot be reached is said and the rest goes on.
 * The daemon must not be running.
 * @throws the first error, after everything has been tried
 */
export async function cleanUpNode(config: PlatformConfig, log: Log): Promise<void> {
  const paths = dataPaths(config.dataDir);
  const failures: unknown[] = [];
  const step = async (what: string, run: () => Promise<unknown>): Promise<void> => {
    try {
      await run();
      log.info({ what }, 'removed');
    } catch (error) {
      failures.push(error);
      log.error({ what, err: error }, 'could not be removed');
    }
  };
  await step('containers', () => removeContainers(config));
  await step('trust in the registry', () => removeDockerTrust(paths.dockerTrust));
  await step('builds', () => removeBuilds(dockerImageRuntime({ socketPath: config.docker.socket }), config.nodeName, paths.node));
  await step('cgroups of builds', () => removeBuildCgroups({ folder: join(paths.node, 'builds'), clock: systemClock }));
  await step('mounts', () => unmountAll(paths.node));
  await step('network rules', () =>
    removeProxyRules({
      tableName: config.cni.bridge,
      bridge: config.cni.bridge,
      serviceCIDR: config.serviceCIDR,
      recordPath: paths.kernelSettings,
    }),
  );
  await step('host port rules', () => removePortMapRules(config.podCIDR));
  await step('rules of the bridge', () => removePortGuard(config.cni.bridge));
  await step('bridge', () => removeBridge(config.cni.bridge));
  if (failures.length > 0) throw failures[0];
}

/** Containers first, sandboxes last, as the namespaces belong to the sandboxes. */
async function removeContainers(config: PlatformConfig): Promise<void> {
  const runtime = dockerRuntime({ socketPath: config.docker.socket });
  const all = await runtime.list({ [NODE_LABEL]: config.nodeName });
  const isSandbox = (labels: Readonly<Record<string, string>>): boolean => labels['io.kubernetes.docker.type'] === 'podsandbox';
  for (const group of [all.filter((each) => !isSandbox(each.labels)), all.filter((each) => isSandbox(each.labels))]) {
    await Promise.all(
      group.map(async ({ id, status }) => {
        if (status === 'running') await runtime.stop(id, GRACE);
        await runtime.remove(id);
      }),
    );
  }
}
