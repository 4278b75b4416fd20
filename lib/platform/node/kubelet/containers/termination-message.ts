import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import type { ContainerRuntime, ContainerState } from '../../../runtime/container-runtime.ts';
import { LABEL } from '../container-labels.ts';
import type { Container } from '../types/container-types.ts';

/** kubelet: MaxContainerTerminationMessageLength and the smaller limits for what is taken from the log. */
const FILE_LIMIT = 4096;
const LOG_LIMIT = 2048;
const LOG_LINES = 80;

/** A container's last words; empty when it left none. Never rejects: they are not worth failing for. */
export async function terminationMessage(
  runtime: ContainerRuntime,
  container: Container,
  state: ContainerState,
): Promise<string> {
  const path = state.labels[LABEL.terminationLog];
  const written = path === undefined ? '' : await readStart(path).catch(() => '');
  if (written !== '') return written;
  if (container.terminationMessagePolicy !== 'FallbackToLogsOnError' || state.exitCode === 0 || state.error !== undefined)
    return '';
  try {
    const log = await buffer(await runtime.logs(state.id, { follow: false, timestamps: false, tail: LOG_LINES }));
    return log.subarray(Math.max(0, log.length - LOG_LIMIT)).toString('utf8');
  } catch {
    return '';
  }
}

/** The container may have replaced nothing: the file is ours, bind-mounted; still, no link is followed and no pipe waited for. */
async function readStart(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { bytesRead, buffer: bytes } = await file.read(Buffer.alloc(FILE_LIMIT), 0, FILE_LIMIT, 0);
    return bytes.subarray(0, bytesRead).toString('utf8');
  } finally {
    await file.close();
  }
}
