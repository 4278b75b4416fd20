import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { packageRoot } from '../../../lib/common/assets.ts';
import { openshiftBundle } from '../../../lib/installer/artifacts/bundle.ts';
import { freePort } from '../../support/free-port.ts';
import { platformImage } from '../../support/platform-images.ts';
import { startPlatform } from '../../support/platform.ts';
import { type CommandResult, runCommand } from '../../support/run-command.ts';
import type { Contender } from '../harness.ts';
import type { PushTimeline } from './push-timeline.ts';
import type { SampleApp } from './sample-app.ts';
import { answered, elapsed } from './until-answered.ts';

/** A platform with all that builds and answers, and a developer's home on this machine. */
export interface DeveloperPlatform extends AsyncDisposable {
  /** `openshift`, as servers have it. */
  readonly program: string;
  readonly kubeconfigPath: string;
  readonly httpPort: number;
  readonly home: string;
}

export async function startDeveloperPlatform(): Promise<DeveloperPlatform> {
  for (const image of ['builder', 'router', 'registry', 'static', 'nodejs']) await platformImage(image);
  const httpPort = await freePort();
  const router = { enabled: true, domain: 'apps.localhost', httpPort, httpsPort: await freePort() };
  const program = await bundledProgram();
  const platform = await startPlatform({ program, config: { registry: { enabled: true }, router } });
  for (const name of ['docker-registry', 'router'])
    await platform.kubectl(['rollout', 'status', `deployment/${name}`, '-n', 'default', '--timeout=60s']);
  await platform.kubectl(['create', 'namespace', 'bench']);
  const home = mkdtempSync(join(tmpdir(), 'oo-bench-home-'));
  return {
    program,
    kubeconfigPath: platform.kubeconfigPath,
    httpPort,
    home,
    async [Symbol.asyncDispose]() {
      await platform.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** What a server is given: a checkout's own source is compiled by every process that starts. */
async function bundledProgram(): Promise<string> {
  const { files } = await openshiftBundle({ cacheDir: join(packageRoot(), '.cache', 'hosts') });
  return files.find(({ path }) => path === 'openshift.mjs')!.source;
}

export function app(
  { program, kubeconfigPath, httpPort, home }: DeveloperPlatform,
  sample: SampleApp,
  timeline: PushTimeline,
): Contender {
  const env = { HOME: home, KUBECONFIG: kubeconfigPath, GIT_CONFIG_GLOBAL: '/dev/null', GIT_SSL_CAINFO: undefined };
  const openshift = (...args: string[]): Promise<CommandResult> => {
    const argv = [process.execPath, '--disable-warning=ExperimentalWarning', program, ...args];
    return runCommand(argv, { env, cwd: home, timeout: 120_000 });
  };
  return {
    name: 'openshift app create, git push',
    async run(round) {
      const name = `${sample.type}${round}`;
      const folder = join(home, name);
      const git = (...args: string[]): Promise<CommandResult> =>
        runCommand(['git', '-c', 'user.name=Dev', '-c', 'user.email=dev@example.com', ...args], {
          env,
          cwd: folder,
          timeout: 120_000,
        });
      const page = (): Promise<string> =>
        new Promise((resolve, reject) => {
          const headers = { host: `${name}-bench.apps.localhost` };
          get({ host: '127.0.0.1', port: httpPort, headers, agent: false }, (response) =>
            text(response).then(resolve, reject),
          ).once('error', reject);
        });
      const first = await elapsed(async () => {
        await openshift('app', 'create', name, '-t', sample.type, '-n', 'bench');
        await answered(page, sample.greeting);
      });
      sample.change(folder, 'the second version');
      await git('commit', '--quiet', '--all', '--message=Change it');
      timeline.begin();
      const pushed = git('push');
      const [change] = await Promise.all([
        elapsed(async () => {
          await answered(page, 'the second version');
          timeline.answered();
        }),
        pushed,
      ]);
      await openshift('app', 'delete', name, '--yes', '-n', 'bench');
      return { 'to the first answer': first, 'a change': change };
    },
  };
}
