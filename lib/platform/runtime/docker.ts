import Docker, { type DockerOptions } from 'dockerode';
import type { ContainerRuntime, ContainerState, ContainerSummary } from './container-runtime.ts';
import { errorText } from '../../common/errors.ts';
import { cgroupUsage } from './cgroup-usage.ts';
import { call, callIfThere, EngineAgent, read } from './docker-call.ts';
import { containerOptions, sandboxOptions } from './docker-container-config.ts';
import { containerState, statusOf } from './docker-container-state.ts';
import { containerEvents, imageEvents, labelFilter } from './docker-events.ts';
import { attachToContainer, execInContainer } from './docker-exec.ts';
import { inspectImage, listImages, loadImages, pullImage } from './docker-images.ts';
import { containerLogs } from './docker-logs.ts';
import { engineLimits } from './engine-limits.ts';
import { isRuntimeFailure, RuntimeError } from './runtime-error.ts';

/** Kept: ended containers do not change any more, and there are many of them over time. */
const ENDED_KEPT = 2000;

/** The ContainerRuntime port on Docker Engine >= 20.10 (API 1.41) over its unix socket. */
export function dockerRuntime(options: { socketPath: string }): ContainerRuntime {
  // Without a version in its paths: the engine then speaks its own, and none is too old for a newer engine.
  const docker = new Docker({ socketPath: options.socketPath, agent: new EngineAgent() } as DockerOptions);
  const limits = engineLimits();
  const ended = new Map<string, ContainerState>();

  async function inspect(id: string): Promise<ContainerState | undefined> {
    try {
      const state = containerState(await read(() => docker.getContainer(id).inspect()));
      if (state.status === 'exited') {
        if (ended.size >= ENDED_KEPT) ended.delete(ended.keys().next().value!);
        ended.set(id, state);
      }
      return state;
    } catch (error) {
      if (!isRuntimeFailure(error, 'not-found')) throw error;
      ended.delete(id);
      return undefined;
    }
  }

  async function summaries(labels: Readonly<Record<string, string>>): Promise<ContainerSummary[]> {
    const filters = JSON.stringify({ label: labelFilter(labels) });
    const containers = await read(() => docker.listContainers({ all: true, filters }));
    return containers.map((container) => ({
      id: container.Id,
      name: (container.Names[0] ?? '').replace(/^\//, ''),
      labels: container.Labels,
      imageId: container.ImageID,
      status: statusOf(container.State),
      createdAt: container.Created * 1000,
    }));
  }

  async function remove(id: string): Promise<void> {
    ended.delete(id);
    try {
      await callIfThere(() => docker.getContainer(id).remove({ force: true, v: true }));
    } catch (error) {
      // "removal of container X is already in progress" is somebody else doing what we want.
      if (!isRuntimeFailure(error, 'conflict')) throw error;
    }
  }

  return {
    async version() {
      const [version, info] = await read(() => Promise.all([docker.version(), docker.info()]));
      return {
        name: 'docker',
        version: version.Version,
        apiVersion: version.ApiVersion,
        cgroupVersion: info.CgroupVersion === '2' ? 2 : 1,
        cgroupDriver: String(info.CgroupDriver),
        storageDriver: String(info.Driver),
      };
    },
    async createSandbox(config) {
      return (await call(() => docker.createContainer(sandboxOptions(config, limits)))).id;
    },
    async startSandbox(id) {
      await call(() => docker.getContainer(id).start());
      const state = await inspect(id);
      if (state?.status !== 'running') throw new RuntimeError('failed', `sandbox container ${id} exited at once`);
      return { pid: state.pid, netns: `/proc/${state.pid}/ns/net` };
    },
    async createContainer(sandboxId, config) {
      return (await call(() => docker.createContainer(containerOptions(sandboxId, config, limits)))).id;
    },
    async start(id) {
      await call(() => docker.getContainer(id).start());
    },
    async stop(id, grace) {
      const seconds = Math.max(0, Math.ceil(grace / 1000));
      await callIfThere(() => docker.getContainer(id).stop({ t: seconds }), grace + 120_000);
    },
    async update(id, { cpuShares, cpuQuota, cpuPeriod, memoryBytes }) {
      const change = {
        ...(cpuShares === undefined ? {} : { CpuShares: cpuShares }),
        ...(cpuQuota === undefined ? {} : { CpuQuota: cpuQuota, CpuPeriod: cpuPeriod }),
        // Both at once: a memory limit may not be beyond that of memory with swap.
        ...(memoryBytes === undefined ? {} : { Memory: memoryBytes, MemorySwap: memoryBytes }),
      };
      await call(() => docker.getContainer(id).update(change));
    },
    async kill(id, signal) {
      try {
        await callIfThere(() => docker.getContainer(id).kill({ signal }));
      } catch (error) {
        // 409: it is not running, so there is nothing to signal.
        if (!isRuntimeFailure(error, 'conflict')) throw error;
      }
    },
    remove,
    inspect,
    summaries,
    async list(labels) {
      const found = await summaries(labels);
      const states = await Promise.all(
        found.map((one) => (one.status === 'exited' ? ended.get(one.id) : undefined) ?? inspect(one.id)),
      );
      return states.filter((state) => state !== undefined);
    },
    events: (labels, signal) => containerEvents(docker, labels, signal),
    imageEvents: (signal) => imageEvents(docker, signal),
    exec: (id, execOptions) => execInContainer(docker, id, execOptions),
    attach: (id, attachOptions) => attachToContainer(docker, id, attachOptions),
    logs: (id, logOptions) => containerLogs(docker, id, logOptions),
    async stats(id) {
      const state = await inspect(id);
      if (state?.status !== 'running') throw new RuntimeError('not-found', `container ${id} is not running`);
      try {
        return await cgroupUsage(id, state.pid);
      } catch (cause) {
        throw new RuntimeError('failed', `cannot read what container ${id} uses: ${errorText(cause)}`, { cause });
      }
    },
    image: (reference) => inspectImage(docker, reference),
    images: () => listImages(docker),
    pull: (reference, auth, signal) => pullImage(docker, reference, auth, signal),
    removeImage: (reference) => callIfThere(() => docker.getImage(reference).remove({ force: false })),
    load: (archive) => loadImages(docker, archive),
  };
}
