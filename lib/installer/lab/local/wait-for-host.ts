import type Docker from 'dockerode';
import { connect } from 'node:net';
import { errorText } from '../../../common/errors.ts';
import { retry } from '../../../common/retry.ts';
import { publishedHostKeys } from '../console-host-keys.ts';
import { ask } from './docker-client.ts';
import { readConsole } from './host-console.ts';
import { localErrors } from './local-errors.ts';

/** ms for a host to boot: seconds where the machine is idle, more when many boot at once. */
const patience = 300_000;

export interface BootingHost {
  readonly name: string;
  readonly id: string;
  readonly address: string;
  readonly port: number;
}

/** Ends when the host's sshd answers and its keys are on its console. @throws OoError LAB_HOST_DOWN, with the end of what it wrote */
export async function waitForHost(docker: Docker, host: BootingHost, signal: AbortSignal): Promise<void> {
  let reason = '';
  let over = false;
  try {
    await retry(
      async () => {
        signal.throwIfAborted();
        const { State } = await ask(`look at ${host.name}`, () => docker.getContainer(host.id).inspect());
        over = !State.Running;
        if (over) throw new Error(`its container ended with ${State.ExitCode}${State.Error === '' ? '' : `: ${State.Error}`}`);
        if (publishedHostKeys(await readConsole(docker, host.id)).length === 0) throw new Error('it has published no host keys');
        await sshBanner(host.address, host.port);
      },
      { backoff: { base: 100, factor: 1.3, cap: 1_000 }, timeout: patience, isRetryable: () => !over, signal },
    );
    return;
  } catch (error) {
    signal.throwIfAborted();
    reason = errorText(error);
  }
  const last = await lastLine(docker, host.id);
  throw localErrors.LAB_HOST_DOWN(host.name, last === '' ? reason : `${reason}; it wrote last: ${last}`, host.id.slice(0, 12));
}

/** RFC 4253, 4.2: the server's version comes first, before any key. */
function sshBanner(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: 3_000 });
    const fail = (why: string) => {
      socket.destroy();
      reject(new Error(`its sshd does not answer at ${host}:${port}: ${why}`));
    };
    socket.once('data', (data) => {
      socket.destroy();
      if (data.toString('latin1').startsWith('SSH-')) resolve();
      else fail('what answers is no sshd');
    });
    socket.once('error', (error) => fail(error.message));
    socket.once('timeout', () => fail('no answer in 3 s'));
    socket.once('end', () => fail('the connection was closed'));
  });
}

async function lastLine(docker: Docker, id: string): Promise<string> {
  const text = await readConsole(docker, id).catch(() => '');
  const plain = text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '').replace(/[^\x20-\x7e\n]/g, '');
  return (
    plain
      .split('\n')
      .findLast((line) => line.trim() !== '')
      ?.trim()
      .slice(0, 200) ?? ''
  );
}
