import type { Duplex, Readable } from 'node:stream';
import type Docker from 'dockerode';
import type { AttachSession, ExecOptions, ExecSession } from './container-runtime.ts';
import { call, read } from './docker-call.ts';
import { isRuntimeUnavailable } from './runtime-error.ts';
import { splitFrames } from './docker-stream.ts';

const POLL_MS = 20;

interface Streams {
  readonly stdin: NodeJS.WritableStream | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable | undefined;
}

/** Ending stdin half-closes the connection, which the engine passes on as end of input. */
function streamsOf(socket: Duplex, options: { stdin: boolean; tty: boolean }): Streams {
  // A peer that resets the connection ends the streams; `close` carries that on, nobody needs the error itself.
  socket.on('error', () => undefined);
  const stdin = options.stdin ? socket : undefined;
  if (options.tty) return { stdin, stdout: socket, stderr: undefined };
  return { stdin, ...splitFrames(socket) };
}

const ended = (stream: Readable | undefined): Promise<void> =>
  new Promise((resolve) => {
    if (stream === undefined || stream.readableEnded || stream.destroyed) return resolve();
    // Nobody reads it, so nobody would see its end.
    if (stream.readableFlowing === null && stream.listenerCount('readable') === 0) stream.resume();
    stream.once('end', resolve);
    stream.once('close', resolve);
    stream.once('error', () => resolve());
  });

/** A terminal is resized by its owner at any time, also a moment after its process has ended. */
async function whileRunning(resize: () => Promise<unknown>): Promise<void> {
  try {
    await call(resize);
  } catch (error) {
    if (isRuntimeUnavailable(error)) throw error;
  }
}

/** Starts a process in a running container. Rejects with a RuntimeError when the container is not there or not running. */
export async function execInContainer(docker: Docker, id: string, options: ExecOptions): Promise<ExecSession> {
  const exec = await call(() =>
    docker.getContainer(id).exec({
      AttachStdin: options.stdin,
      AttachStdout: true,
      AttachStderr: !options.tty,
      Tty: options.tty,
      Cmd: [...options.command],
      ...(options.env === undefined ? {} : { Env: [...options.env] }),
    }),
  );
  const socket = (await call(() => exec.start({ hijack: true, stdin: true, Tty: options.tty }))) as Duplex;
  const streams = streamsOf(socket, options);
  if (!options.stdin) socket.end();
  return {
    ...streams,
    resize: ({ width, height }) => whileRunning(() => exec.resize({ w: width, h: height })),
    async wait() {
      await Promise.all([ended(streams.stdout), ended(streams.stderr)]);
      // The outputs close a moment before the engine has reaped the process.
      for (;;) {
        const info = await read(() => exec.inspect());
        if (!info.Running) return info.ExitCode ?? 0;
        if (socket.destroyed && streams.stdout.errored !== null) return -1;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    },
    close: () => void socket.destroy(),
  };
}

/** Joins the streams of the container's own process. */
export async function attachToContainer(
  docker: Docker,
  id: string,
  options: { stdin: boolean; stdout: boolean; stderr: boolean; tty: boolean },
): Promise<AttachSession> {
  const container = docker.getContainer(id);
  const { stdin, stdout, stderr } = options;
  const socket = (await call(() => container.attach({ stream: true, hijack: true, stdin, stdout, stderr }))) as unknown as Duplex;
  return {
    ...streamsOf(socket, options),
    socket,
    resize: ({ width, height }) => whileRunning(() => container.resize({ w: width, h: height })),
    close: () => void socket.destroy(),
  };
}
