import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import type { ImageBuildOptions } from 'dockerode';
import { BuildOutput } from './build-output.ts';
import { call } from './docker-call.ts';
import { destroyOnAbort, type ProgressLine, readProgress } from './docker-progress.ts';
import type { BuildLimits, ContextBuild, ImageChange } from './image-runtime.ts';
import { RuntimeError } from './runtime-error.ts';

/** A layer may be many gigabytes. */
const COMMIT_LIMIT_MS = 3_600_000;
/** The engine answers a build once it has read the whole context. */
const CONTEXT_LIMIT_MS = 6 * 3_600_000;
const CPU_PERIOD_US = 100_000;

/** Docker's words for a share of CPUs, as containers and builds take them alike. Microseconds. */
export function cpuLimit({ cpus }: BuildLimits): { period: number; quota: number } | undefined {
  if (cpus === undefined) return undefined;
  return { period: CPU_PERIOD_US, quota: Math.max(1000, Math.round(cpus * CPU_PERIOD_US)) };
}

/** An image of a container's files, with a configuration of its own. Resolves with its id. */
export async function commitContainer(docker: Docker, id: string, change: ImageChange): Promise<string> {
  const options = {
    _query: { container: id, comment: change.message, pause: true },
    _body: {
      Cmd: [...change.command],
      Entrypoint: change.entrypoint.length === 0 ? undefined : [...change.entrypoint],
      User: change.user,
      Env: [...change.env],
      Labels: { ...change.labels },
    },
  };
  const made = (await call(() => docker.getContainer(id).commit(options), COMMIT_LIMIT_MS)) as { readonly Id: string };
  return made.Id;
}

/** A step's image in the builder's text: ` ---> 1b2c3d4e5f60`. */
const STEP_IMAGE = /^ ---> ([0-9a-f]{12})$/;

/**
 * A build by the engine's own (first) builder, which gives up when the stream is closed and removes the containers of its steps. BuildKit needs
 * a session, and would give Dockerfiles mounts and networks of the host.
 */
export async function buildContext(
  docker: Docker,
  build: Omit<ContextBuild, 'network'> & { readonly network: string },
  context: Readable,
  on: { line: (text: string) => void; image: (id: string) => void },
  signal: AbortSignal,
): Promise<string> {
  const options = buildOptions(build);
  // The signal ends an upload too, which the stream of the answer could not.
  const request = { ...options, abortSignal: signal } as ImageBuildOptions;
  const stream = (await call(() => docker.buildImage(context, request), CONTEXT_LIMIT_MS)) as Readable;
  const release = destroyOnAbort(stream, signal, 'build');
  let last: string | undefined;
  const output = new BuildOutput((line) => {
    const step = STEP_IMAGE.exec(line)?.[1];
    if (step !== undefined) on.image(step);
    on.line(line);
  });
  try {
    await readProgress(stream, (line: ProgressLine) => {
      if (line.aux?.ID !== undefined) on.image((last = line.aux.ID));
      if (line.stream !== undefined) output.write(line.stream);
      else if (line.status !== undefined && line.progressDetail === undefined) output.write(`${line.status}\n`);
    });
  } finally {
    release();
    output.end();
  }
  if (last === undefined) throw new RuntimeError('failed', 'the engine did not say which image it has built');
  return last;
}

function buildOptions(build: Omit<ContextBuild, 'network'> & { readonly network: string }): Record<string, unknown> {
  const cpu = cpuLimit(build.limits);
  const { memoryBytes } = build.limits;
  return {
    version: '1',
    dockerfile: build.dockerfile,
    buildargs: build.buildArgs,
    networkmode: build.network,
    rm: true,
    forcerm: true,
    ...(build.cgroupParent === undefined ? {} : { cgroupparent: build.cgroupParent }),
    ...(build.cacheFrom.length === 0 ? { nocache: true } : { cachefrom: [...build.cacheFrom] }),
    ...(cpu === undefined ? {} : { cpuperiod: cpu.period, cpuquota: cpu.quota }),
    ...(memoryBytes === undefined ? {} : { memory: memoryBytes, memswap: memoryBytes }),
  };
}
