import { pipeline, type Readable } from 'node:stream';
import type Docker from 'dockerode';
import type { LogOptions } from './container-runtime.ts';
import { call, read } from './docker-call.ts';
import { mergeFrames } from './docker-stream.ts';

/** What a container wrote, both outputs in order. Ends with the log, or with the container when following. */
export async function containerLogs(docker: Docker, id: string, options: LogOptions): Promise<Readable> {
  const container = docker.getContainer(id);
  const tty = (await read(() => container.inspect())).Config.Tty;
  const request = {
    stdout: true,
    stderr: true,
    timestamps: options.timestamps,
    tail: options.tail ?? ('all' as const),
    ...(options.since === undefined ? {} : { since: (options.since / 1000).toFixed(9) }),
    ...(options.signal === undefined ? {} : { abortSignal: options.signal }),
  };
  // The types know a stream only for `follow`; asked for as a stream, the log of an ended container is one as well.
  const source = (await call(() => logStream(docker, id, { ...request, follow: options.follow }))) as Readable;
  const lines = tty ? source : pipeline(source, mergeFrames(), () => undefined);
  options.signal?.addEventListener('abort', () => lines.destroy(), { once: true });
  return lines;
}

/** docker-modem buffers what is not followed: a large log must be streamed instead. */
function logStream(docker: Docker, id: string, options: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    docker.modem.dial(
      {
        path: `/containers/${id}/logs?`,
        method: 'GET',
        isStream: true,
        options,
        statusCodes: { 200: true, 404: 'no such container', 500: 'server error' },
      },
      (error: unknown, data: unknown) => (error === null || error === undefined ? resolve(data) : reject(error)),
    );
  });
}
