import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHelm, type HelmMajor } from '../helm.ts';
import { recordedSteps, writeRecording } from './recording.ts';
import { startRecordingProxy } from './recording-proxy.ts';

export interface HelmCommand {
  /** Of the recording. */
  readonly file: string;
  readonly args: readonly string[];
}

/** Where and as whom helm is recorded. */
export interface HelmUser {
  readonly server: string;
  readonly caPem: string;
  readonly namespace: string;
  readonly token: string;
}

/** Runs these commands of the real helm, one after another, and writes what each of them sent into `folder`. Throws when one fails. */
export async function recordHelm(
  major: HelmMajor,
  user: HelmUser,
  folder: string,
  commands: readonly HelmCommand[],
): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'oo-test-helm-'));
  await using proxy = await startRecordingProxy(user);
  try {
    const kubeconfig = join(home, 'kubeconfig');
    writeFileSync(kubeconfig, kubeconfigOf(proxy.url, proxy.caPem, user.token), { mode: 0o600 });
    const helm = createHelm(major, kubeconfig, user.namespace, home);
    const client = `helm ${(await helm(['version', '--template={{.Version}}'])).stdout.trim()}`;
    for (const { file, args } of commands) {
      await helm(args);
      const command = ['helm', ...args].join(' ').replace(/\/\S*\/charts\//, './');
      writeRecording(join(folder, file), { command, client, steps: recordedSteps(proxy.take()) });
    }
  } finally {
    rmSync(home, { recursive: true });
  }
}

// JSON is YAML.
const kubeconfigOf = (server: string, caPem: string, token: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'it', cluster: { server, 'certificate-authority-data': Buffer.from(caPem).toString('base64') } }],
    users: [{ name: 'user', user: { token } }],
    contexts: [{ name: 'it', context: { cluster: 'it', user: 'user' } }],
    'current-context': 'it',
  });
