import { readlinkSync } from 'node:fs';
import { errorText } from '../../../common/errors.ts';
import type { ImageConfig, ImageRuntime } from '../../runtime/image-runtime.ts';
import type { ImageWish, LineSink } from '../engine/build-engine.ts';
import type { ImageTraces } from '../engine/docker-engine.ts';
import type { PullPolicy } from './pull-policies.ts';
import { registryLogin } from './registry-login.ts';

/** Images on the Docker of whoever builds: all that is there is theirs, and so are the logins that `docker login` has left. */
export function ownImages(runtime: ImageRuntime, policy: PullPolicy) {
  return async ({ reference, forcePull }: ImageWish, log: LineSink, signal: AbortSignal): Promise<ImageConfig> => {
    const present = await runtime.image(reference);
    if (policy === 'never' || (present !== undefined && policy !== 'always' && !forcePull)) {
      if (present === undefined) throw new Error(`it is not here, and is not to be pulled`);
      return present;
    }
    log(`Pulling image ${reference} ...`);
    try {
      return await runtime.pull(reference, await registryLogin(reference), signal);
    } catch (error) {
      // An image that was built here has no registry to ask.
      if (present === undefined || signal.aborted) throw error;
      log(`Using the image ${reference} that is here: ${errorText(error)}`);
      return present;
    }
  };
}

/** The images of one build of sti, which ends with its process. */
export class MemoryTraces implements ImageTraces {
  readonly ids = new Set<string>();
  note(id: string): Promise<void> {
    this.ids.add(id);
    return Promise.resolve();
  }
  has(id: string): boolean {
    return this.ids.has(id);
  }
}

/** Names of containers tell which process made them, in which namespace of processes. */
const namespace = (): string => /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
export const containerPrefix = (): string => `sti.${namespace()}.${process.pid}.`;

/** Takes away what an `sti` that was killed here has left. */
export async function removeLeftovers(runtime: ImageRuntime): Promise<void> {
  const ours = `sti.${namespace()}.`;
  for (const { id, name } of await runtime.named(ours)) {
    const pid = Number(name.slice(ours.length).split('.')[0]);
    if (Number.isInteger(pid) && pid > 0 && !isAlive(pid)) await runtime.remove(id);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
