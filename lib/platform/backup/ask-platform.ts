import type { IncomingMessage } from 'node:http';
import { createTransport } from '../client/http-transport.ts';
import type { PlatformConfig } from '../config/platform-config.ts';
import { readKubeconfig } from '../pki/kubeconfig.ts';

/** Silence after which the platform is taken for hung, in ms: defragmenting large stores takes its time. */
const silence = 10 * 60_000;

/**
 * Asks the platform that runs with this configuration, as its administrator. Undefined when none runs: nobody listens, or none ever has.
 * Throws a StatusError.
 */
export async function askPlatform(
  { adminKubeconfig }: PlatformConfig,
  method: 'GET' | 'POST',
  path: string,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const kubeconfig = await readKubeconfig(adminKubeconfig).catch(() => undefined);
  if (kubeconfig === undefined) return undefined;
  const transport = createTransport(kubeconfig);
  try {
    const response = await transport.open({ method, path, timeout: silence, streaming: true });
    return closing(response, () => transport.close());
  } catch (error) {
    transport.close();
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    if (code === 'ECONNREFUSED') return undefined;
    throw error;
  }
}

async function* closing(response: IncomingMessage, close: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* response;
  } finally {
    close();
  }
}
