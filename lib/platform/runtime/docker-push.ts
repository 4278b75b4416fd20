import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { call } from './docker-call.ts';
import { destroyOnAbort, type ProgressLine, readProgress } from './docker-progress.ts';
import { registryOf, splitReference } from './image-reference.ts';
import type { RegistryAuth } from './image-runtime.ts';
import { RuntimeError } from './runtime-error.ts';

/** Pushes a name of the engine. `onLine` hears of each layer once it is there. Resolves to the manifest's digest. */
export async function pushImage(
  docker: Docker,
  reference: string,
  auth: RegistryAuth | undefined,
  onLine: (text: string) => void,
  signal: AbortSignal,
): Promise<string> {
  const { name, tag } = splitReference(reference);
  // The engine asks for the header even where there is nothing to say in it.
  const authconfig = { username: '', password: '', ...auth, serveraddress: registryOf(name) };
  const options = { tag, authconfig, abortSignal: signal };
  const stream = (await call(() => docker.getImage(name).push(options))) as Readable;
  const release = destroyOnAbort(stream, signal, 'push');
  let digest: string | undefined;
  let layers = 0;
  const there = new Set<string>();
  try {
    await readProgress(stream, (line: ProgressLine) => {
      digest = line.aux?.Digest ?? digest;
      if (line.id === undefined) return;
      if (line.status === 'Preparing') layers++;
      else if (/^(?:Pushed|Layer already exists|Mounted from .*)$/.test(line.status ?? '') && !there.has(line.id)) {
        there.add(line.id);
        onLine(`Pushed ${there.size}/${layers} layers, ${Math.round((there.size / Math.max(1, layers)) * 100)}% complete`);
      }
    });
  } finally {
    release();
  }
  if (digest === undefined) throw new RuntimeError('failed', `the engine did not say what it has pushed to ${reference}`);
  return digest;
}
