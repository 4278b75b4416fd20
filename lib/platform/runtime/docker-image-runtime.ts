import Docker, { type ContainerCreateOptions, type DockerOptions, type HostConfig } from 'dockerode';
import type { Readable } from 'node:stream';
import { call, callIfThere, EngineAgent, read } from './docker-call.ts';
import { buildContext, commitContainer, cpuLimit } from './docker-build.ts';
import { attachToContainer } from './docker-exec.ts';
import { inspect, pullImage } from './docker-images.ts';
import { pushImage } from './docker-push.ts';
import type { BuildContainer, BuildNetwork, ImageConfig, ImageRuntime } from './image-runtime.ts';
import { splitReference } from './image-reference.ts';
import { isRuntimeFailure, RuntimeError } from './runtime-error.ts';

/** A build may take as long as its caller lets it. */
const NO_LIMIT_MS = 2 ** 31 - 1;
/** Taken from what Docker gives: nothing that puts files together needs devices, raw packets or capabilities on files. */
const DROPPED = ['MKNOD', 'NET_RAW', 'SETFCAP', 'AUDIT_WRITE', 'SYS_CHROOT', 'NET_BIND_SERVICE'];

/** The ImageRuntime port on Docker Engine >= 20.10, by the builder that is part of it. */
export function dockerImageRuntime(options: { socketPath: string }): ImageRuntime {
  const docker = new Docker({ socketPath: options.socketPath, agent: new EngineAgent() } as DockerOptions);

  return {
    image: (reference) => imageConfig(docker, reference),
    async pull(reference, auth, signal) {
      await pullImage(docker, reference, auth, signal);
      const image = await imageConfig(docker, reference);
      if (image === undefined) throw new RuntimeError('failed', `image ${reference} is not there after its pull`);
      return image;
    },
    async create(config) {
      return (await call(() => docker.createContainer(containerOptions(config)))).id;
    },
    attach: (id) => attachToContainer(docker, id, { stdin: true, stdout: true, stderr: true, tty: false }),
    async start(id) {
      await call(() => docker.getContainer(id).start());
    },
    async wait(id) {
      const container = docker.getContainer(id);
      await call(() => container.wait(), NO_LIMIT_MS);
      const { State } = await read(() => container.inspect());
      return { exitCode: State.ExitCode, oomKilled: State.OOMKilled };
    },
    remove: (id) => removeContainer(docker, id),
    async named(prefix) {
      const filters = JSON.stringify({ name: [`^/${prefix.replace(/[.]/g, '\\.')}`] });
      const found = await read(() => docker.listContainers({ all: true, filters }));
      return found.map(({ Id, Names }) => ({ id: Id, name: (Names[0] ?? '').replace(/^\//, '') }));
    },
    async exists(id, path) {
      try {
        await read(() => docker.getContainer(id).infoArchive({ path }));
        return true;
      } catch (error) {
        if (isRuntimeFailure(error, 'not-found')) return false;
        throw error;
      }
    },
    async read(id, path) {
      return (await call(() => docker.getContainer(id).getArchive({ path }))) as Readable;
    },
    async write(id, tar) {
      await call(() => docker.getContainer(id).putArchive(tar as unknown as NodeJS.ReadableStream, { path: '/' }), NO_LIMIT_MS);
    },
    commit: (id, change) => commitContainer(docker, id, change),
    build: (build, context, on, signal) =>
      buildContext(docker, { ...build, network: networkMode(build.network) }, context, on, signal),
    async tag(image, name) {
      const { name: repo, tag } = splitReference(name);
      await call(() => docker.getImage(image).tag({ repo, tag }));
    },
    async discard(image) {
      try {
        if (IMAGE_ID.test(image) && (await isNamed(docker, image))) return;
        await callIfThere(() => docker.getImage(image).remove({ force: false }));
      } catch (error) {
        // 409: a container, a name or another image still needs it.
        if (!isRuntimeFailure(error, 'conflict')) throw error;
      }
    },
    push: (name, auth, onLine, signal) => pushImage(docker, name, auth, onLine, signal),
  };
}

async function imageConfig(docker: Docker, reference: string): Promise<ImageConfig | undefined> {
  try {
    const info = await read(() => inspect(docker, reference));
    const { Config: config } = info;
    const list = (value: string | readonly string[] | null | undefined): readonly string[] =>
      typeof value === 'string' ? [value] : (value ?? []);
    return {
      id: info.Id,
      env: config?.Env ?? [],
      labels: config?.Labels ?? {},
      user: config?.User ?? '',
      entrypoint: list(config?.Entrypoint),
      command: list(config?.Cmd),
      workingDir: config?.WorkingDir ?? '',
      onBuild: list(config?.OnBuild as string[] | null | undefined),
      digests: info.RepoDigests ?? [],
    };
  } catch (error) {
    if (isRuntimeFailure(error, 'not-found')) return undefined;
    throw error;
  }
}

/** Whole, or as the builder shortens it. */
const IMAGE_ID = /^(?:sha256:[0-9a-f]{64}|[0-9a-f]{12})$/;

/** The engine would take the name away with the image. */
async function isNamed(docker: Docker, id: string): Promise<boolean> {
  try {
    const { RepoTags, RepoDigests } = await read(() => docker.getImage(id).inspect());
    return (RepoTags ?? []).length > 0 || (RepoDigests ?? []).length > 0;
  } catch (error) {
    if (isRuntimeFailure(error, 'not-found')) return false;
    throw error;
  }
}

async function removeContainer(docker: Docker, id: string): Promise<void> {
  try {
    await callIfThere(() => docker.getContainer(id).remove({ force: true, v: true }));
  } catch (error) {
    // "removal of container X is already in progress" is somebody else doing what we want.
    if (!isRuntimeFailure(error, 'conflict')) throw error;
  }
}

const networkMode = (network: BuildNetwork): string => (typeof network === 'object' ? `container:${network.container}` : network);

function containerOptions(config: BuildContainer): ContainerCreateOptions {
  const cpu = cpuLimit(config.limits);
  const { memoryBytes, pids } = config.limits;
  const host: HostConfig = {
    NetworkMode: networkMode(config.network),
    CapDrop: DROPPED,
    SecurityOpt: ['no-new-privileges'],
    Mounts: config.mounts.map(({ source, target, readOnly }) => ({
      Type: 'bind',
      Source: source,
      Target: target,
      ReadOnly: readOnly,
    })),
    // Its output is streamed to whoever builds; a copy on the disk would grow without an end.
    LogConfig: { Type: 'none', Config: {} },
    ...(cpu === undefined ? {} : { CpuPeriod: cpu.period, CpuQuota: cpu.quota }),
    ...(memoryBytes === undefined ? {} : { Memory: memoryBytes, MemorySwap: memoryBytes }),
    ...(pids === undefined ? {} : { PidsLimit: pids }),
  };
  return {
    name: config.name,
    Image: config.image,
    ...(config.entrypoint === undefined ? {} : { Entrypoint: [...config.entrypoint] }),
    Cmd: [...config.command],
    Env: [...config.env],
    ...(config.user === undefined ? {} : { User: config.user }),
    OpenStdin: config.stdin,
    StdinOnce: config.stdin,
    AttachStdin: config.stdin,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    HostConfig: host,
  };
}
