import type { ImageConfig, ImageRuntime } from '../../../runtime/image-runtime.ts';

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Images that are remembered. */
const MOST = 500;

/** By engine and by the image's id, which is its content: each look is one of the engine's mounts. */
const known = new WeakMap<ImageRuntime, Map<string, boolean>>();

/** Whether what is run in a container of this image finds a shell and a tar. @param id a container that has not been started */
export async function canUnpack(runtime: ImageRuntime, id: string, image: ImageConfig): Promise<boolean> {
  const answers = known.get(runtime) ?? new Map<string, boolean>();
  known.set(runtime, answers);
  const answer = answers.get(image.id) ?? (await hasShellAndTar(runtime, id, image));
  answers.set(image.id, answer);
  const [oldest] = answers.keys();
  if (answers.size > MOST) answers.delete(oldest!);
  return answer;
}

async function hasShellAndTar(runtime: ImageRuntime, id: string, { env }: ImageConfig): Promise<boolean> {
  if (!(await runtime.exists(id, '/bin/sh'))) return false;
  const path = env.find((entry) => entry.startsWith('PATH='))?.slice('PATH='.length) ?? DEFAULT_PATH;
  for (const folder of path.split(':').filter((dir) => dir.startsWith('/')))
    if (await runtime.exists(id, `${folder}/tar`)) return true;
  return false;
}
