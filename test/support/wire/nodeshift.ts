import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../lib/common/assets.ts';
import { readKubeconfig } from '../../../lib/platform/pki/kubeconfig.ts';
import { replay } from './replay.ts';
import { wireClient } from './wire-client.ts';
import type { CommandResult } from '../run-command.ts';
import { loginOf, recordedFlow, type RecordedFlowOptions } from './recorded-flow.ts';
import { readRecording, recordedSteps, writeRecording } from './recording.ts';
import { startRecordingProxy } from './recording-proxy.ts';

/** The project whose name is in the recordings. */
export const RECORDED_PROJECT = 'recorded';
export type NodeshiftCommand = 'deploy' | 'undeploy';

const fileOf = (command: NodeshiftCommand, strategy: string): string =>
  join(packageRoot(), 'test/conformance/clients/recorded/nodeshift', `${command}-${strategy.toLowerCase()}.ndjson`);

/** Has `run` run a command of the real nodeshift against a server that passes everything on to the platform, and writes what it sent. */
export async function recordNodeshift(
  kubeconfigPath: string,
  command: NodeshiftCommand,
  strategy: string,
  run: (server: string, words: readonly string[]) => Promise<CommandResult>,
): Promise<void> {
  await using proxy = await startRecordingProxy(await readKubeconfig(kubeconfigPath));
  const how = strategy === 'Docker' ? '--build.strategy=Docker' : '--dockerImage=openshift/nodejs';
  const words = [...(command === 'deploy' ? ['deploy', '--expose'] : ['undeploy', 'removeAll']), how];
  const { code, stdout, stderr } = await run(proxy.url, words);
  assert.equal(code, 0, stdout + stderr);
  const path = fileOf(command, strategy);
  mkdirSync(join(path, '..'), { recursive: true });
  const steps = recordedSteps(proxy.take());
  writeRecording(path, { command: ['nodeshift', ...words].join(' '), client: 'nodeshift 13.0.0', steps });
}

/** Who sends it again. Both as `NAME:PASSWORD`; the stranger is no member of the project and is refused each request. */
export interface NodeshiftReplay {
  readonly kubeconfigPath: string;
  /** The application's folder, which is uploaded. */
  readonly folder: string;
  readonly owner: string;
  readonly stranger: string;
}

/** Sends a recording again, login and upload too. Throws at the first answer that nodeshift could not use. */
export async function replayNodeshift(command: NodeshiftCommand, strategy: string, as: NodeshiftReplay): Promise<void> {
  const { server, caPem } = await readKubeconfig(as.kubeconfigPath);
  const { send, close } = wireClient(server, caPem);
  const recording = readRecording(fileOf(command, strategy));
  const optionsOf = (password: string): RecordedFlowOptions => ({
    membersOnly: (path) => path.includes(`/namespaces/${RECORDED_PROJECT}`),
    upload: execFileSync('tar', ['--create', '--file=-', '--directory', as.folder, '.']),
    password,
    patience: 60_000,
  });
  try {
    const { token } = await replay(send, recordedFlow(loginOf(recording), optionsOf(as.stranger)), {});
    await replay(send, recordedFlow(recording, optionsOf(as.owner)), { strangersToken: token as string });
  } finally {
    close();
  }
}
