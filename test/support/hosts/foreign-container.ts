import type { TestHost } from '../test-host.ts';

/** A container that somebody else runs on the host's Docker. */
export interface ForeignContainer {
  /** Its id and when it was started, as it was in the beginning. */
  readonly started: string;
  /** The same now; fails when it is gone. */
  identity(): Promise<string>;
}

const NAME = 'somebody-elses';

/** Starts one, from an image of this machine's static busybox. */
export async function runForeignContainer(host: TestHost): Promise<ForeignContainer> {
  await host.copyIn('/usr/bin', '/root/foreign', ['busybox']);
  await host.shell('tar -C /root/foreign -c busybox | docker import - foreign/app && rm -r /root/foreign');
  await host.exec(['docker', 'run', '-d', '--name', NAME, '--restart=always', 'foreign/app', '/busybox', 'sleep', '1000000']);
  const identity = async (): Promise<string> =>
    (await host.exec(['docker', 'inspect', '--format', '{{.Id}} {{.State.StartedAt}} {{.State.Running}}', NAME])).stdout.trim();
  return { started: await identity(), identity };
}
