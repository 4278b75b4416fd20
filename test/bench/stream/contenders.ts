import { stat } from 'node:fs/promises';
import { artifactDir, type Artifact } from '../../../lib/installer/artifacts/artifact.ts';
import { parseHostTarget } from '../../../lib/installer/config/host-target.ts';
import { resolveSshSettings } from '../../../lib/installer/config/ssh-settings.ts';
import { refusingPrompter } from '../../../lib/installer/prompter.ts';
import { sshCredentials } from '../../../lib/installer/transport/ssh/credentials.ts';
import { hostKeyVerifier } from '../../../lib/installer/transport/ssh/host-key-verifier.ts';
import { sshTransport } from '../../../lib/installer/transport/ssh/ssh-transport.ts';
import type { HomeOperator } from '../../support/operator/home-operator.ts';
import type { SshHost } from '../../support/ssh-host.ts';
import type { Contender, Measurement } from '../harness.ts';

interface StreamOptions {
  readonly operator: HomeOperator;
  readonly host: SshHost;
  /** What is brought over: the runtime, of which bin/node is all but a little. */
  readonly runtime: Artifact;
  readonly cacheDir: string;
  /** Mbit/s of the link. Not set: as fast as the machine can. */
  readonly line: number | undefined;
}

/** The raw file through OpenSSH's own client; ours, with all that makes it whole, verified and ready to run. */
export function streamContenders(options: StreamOptions): Contender[] {
  return [
    { name: 'cat raw | ssh cat', run: () => measured(options, () => catThroughSsh(options)) },
    { name: 'oo-install place', run: () => measured(options, () => placeOverSsh(options)) },
  ];
}

/** From the first packet of the handshake to the end; payload is what the host has afterwards, not what was on the wire. */
async function measured({ host, runtime, line }: StreamOptions, work: () => Promise<void>): Promise<Measurement> {
  await host.shell('rm -rf /opt/bench; sync');
  const before = await receivedBytes(host);
  const began = performance.now();
  await work();
  const seconds = (performance.now() - began) / 1000;
  const { source } = runtime.files.find(({ path }) => path === 'bin/node')!;
  const arrived = await host.shell(`find /opt/bench -name node -size ${(await stat(source)).size}c`);
  if (arrived.stdout === '') throw new Error('the binary did not arrive');
  const wire = (await receivedBytes(host)) - before;
  const speeds = { seconds, 'payload MB/s': runtime.size / 1e6 / seconds, 'on the wire MB': wire / 1e6 };
  const ofLine = (bytes: number): number => (bytes * 8) / 1e6 / seconds / (line ?? 1);
  return line === undefined ? speeds : { ...speeds, 'payload / line': ofLine(runtime.size), 'wire / line': ofLine(wire) };
}

/** What the host's link has received, headers and all. */
async function receivedBytes(host: SshHost): Promise<number> {
  return Number((await host.exec(['cat', '/sys/class/net/eth0/statistics/rx_bytes'])).stdout);
}

async function catThroughSsh({ operator, host, runtime }: StreamOptions): Promise<void> {
  const { source } = runtime.files.find(({ path }) => path === 'bin/node')!;
  const script = 'exec ssh -F "$1" "$2" "mkdir -p /opt/bench && cat >/opt/bench/node" <"$3"';
  await operator.exec(['sh', '-c', script, 'sh', operator.sshConfig, await host.address(), source], { timeout: 300_000 });
}

async function placeOverSsh({ operator, host, runtime, cacheDir }: StreamOptions): Promise<void> {
  const prompter = refusingPrompter();
  const settings = await resolveSshSettings(parseHostTarget(await host.address()), { configFile: operator.sshConfig });
  const transport = sshTransport({
    settings,
    credentials: sshCredentials(prompter),
    hostKeys: hostKeyVerifier({ acceptNew: false, pinned: [], prompter }),
    cacheDir,
    optDir: '/opt/bench',
  });
  try {
    await transport.place(runtime, artifactDir('/opt/bench', runtime), () => undefined);
  } finally {
    await transport.close();
  }
}
