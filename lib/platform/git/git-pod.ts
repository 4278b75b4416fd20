import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { BuildConfig } from '../api/build/build-types.ts';
import type { KubeObject } from '../api/meta.ts';
import { isAlreadyExists, newInternalError, newServiceUnavailable } from '../api/status-error.ts';
import type { Client } from '../client/client.ts';
import type { HttpClientOptions } from '../client/http-transport.ts';
import { execInPod, type RunningCommand } from '../client/pod-exec.ts';
import { CONTAINER, GIT_NAMESPACE, gitObjects, ID, REPOSITORIES } from './git-objects.ts';

export interface GitPodOptions {
  /** The git server's own rights: its objects, and tokens of its service account. */
  readonly client: Client;
  /** Where the API is reached, for what is no verb. */
  readonly server: HttpClientOptions;
  /** Image with git in it. */
  readonly image: string;
}

/** How long a first push waits for the pod, in ms. */
const START_TIMEOUT = 60_000;
/** How often it looks, in ms. */
const POLL = 50;
/** Seconds that a token of the pod's service account is good for, and from when on a new one is made, in ms. */
const TOKEN_SECONDS = 3600;
const TOKEN_RENEWAL = 1_800_000;

/** The variable by which a command, and whatever it starts, is known among the processes of the pod. */
const COMMAND = 'OO_GIT_COMMAND';
/** Ends all that have it: the engine leaves a process alone whose connection has ended, and drops what it says. TERM, so that they tidy up. */
const END = 'for process in /proc/[0-9]*; do grep -aqs "$1" "$process/environ" && kill -TERM "${process#/proc/}"; done; :';

/** A command's words are in the address of a request, which is not taken with thousands of them. */
const REMOVED_AT_ONCE = 400;

interface Pod extends KubeObject {
  status?: { conditions?: { type: string; status: string }[] };
}

/** How git is run. */
export interface GitOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Ends it, and what it has started: its exit code is not there before that. */
  readonly signal?: AbortSignal;
}

/** Settings of every git command: nothing of a repository is run, nobody's configuration is read, and what is pushed is judged. */
const SETTINGS = [
  'core.hooksPath=/dev/null',
  'safe.directory=*',
  'receive.fsckObjects=true',
  'receive.autogc=true',
  'init.defaultBranch=main',
].flatMap((setting) => ['-c', setting]);

/**
 * The pod that git runs in: a container without rights, network credentials or anything of the host, with the repositories on a volume of its
 * own. It is made when the first repository is asked for.
 */
export class GitPod {
  readonly #options: GitPodOptions;
  readonly #known = new Set<string>();
  #token: { value: string; until: number } | undefined;

  constructor(options: GitPodOptions) {
    this.#options = options;
  }

  /** git in the repository of a build config, by its uid; made when it is not there. */
  async repository(uid: string): Promise<(args: readonly string[], options?: GitOptions) => RunningCommand> {
    const pod = await this.#ready();
    const server = await this.server();
    const folder = `${REPOSITORIES}/${uid}.git`;
    const git = (args: readonly string[], { env = {}, signal }: GitOptions = {}): RunningCommand => {
      const known = `${COMMAND}=${randomUUID()}`;
      const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
      const argv = ['env', known, ...variables, 'git', ...SETTINGS, ...args];
      const where = { namespace: GIT_NAMESPACE, pod, container: CONTAINER };
      const command = execInPod(server, { ...where, argv, ...(signal && { signal }) });
      const exit = command.exit.catch(async (error: unknown) => {
        if (signal?.aborted === true)
          await ended(execInPod(server, { ...where, argv: ['sh', '-c', END, 'sh', known] }), 'git could not be ended').catch(
            ignore,
          );
        throw error;
      });
      exit.catch(ignore);
      return { ...command, exit };
    };
    if (!this.#known.has(uid)) {
      // Again: changes nothing.
      await ended(git(['init', '--bare', '--quiet', folder]), 'the repository could not be made');
      this.#known.add(uid);
      await this.#sweep(server, pod).catch(ignore);
    }
    return (args, options) => git(['-C', folder, ...args], options);
  }

  /** The API, as the service account that may run commands in this pod and read logs of builds and pods, and do nothing else. */
  async server(): Promise<HttpClientOptions> {
    return { ...this.#options.server, token: await this.#bearer() };
  }

  /** Removes the repositories whose build configs are gone. */
  async #sweep(server: HttpClientOptions, pod: string): Promise<void> {
    const run = (...argv: string[]): RunningCommand =>
      execInPod(server, { namespace: GIT_NAMESPACE, pod, container: CONTAINER, argv });
    const listing = run('ls', '-1', REPOSITORIES);
    listing.stdin.end();
    const there = (await text(listing.stdout)).split('\n').filter((name) => /^[0-9a-f-]{36}\.git$/.test(name));
    const configs = await this.#options.client.list<BuildConfig>({
      group: 'build.openshift.io',
      version: 'v1',
      resource: 'buildconfigs',
    });
    const wanted = new Set(configs.items.map(({ metadata }) => `${metadata.uid}.git`));
    const gone = there.filter((name) => !wanted.has(name));
    for (const name of gone) this.#known.delete(name.slice(0, -'.git'.length));
    for (let at = 0; at < gone.length; at += REMOVED_AT_ONCE) {
      const folders = gone.slice(at, at + REMOVED_AT_ONCE).map((name) => `${REPOSITORIES}/${name}`);
      await ended(run('rm', '-rf', '--', ...folders), 'a repository could not be removed');
    }
  }

  /** The name of a pod that is ready. @throws StatusError 503 when there is none in time */
  async #ready(): Promise<string> {
    const { client } = this.#options;
    const pods = { group: '', version: 'v1', resource: 'pods', namespace: GIT_NAMESPACE };
    for (const until = Date.now() + START_TIMEOUT; ; await delay(POLL)) {
      const { items } = await client.list<Pod>(pods, { labelSelector: `app=${ID}` });
      const ready = items.find(({ metadata, status }) => metadata.deletionTimestamp === undefined && isReady(status));
      if (ready !== undefined) return ready.metadata.name!;
      if (items.length === 0) await this.#make();
      if (Date.now() > until)
        throw newServiceUnavailable(
          `git is not running: see \`kubectl describe pods -n ${GIT_NAMESPACE}\` (its image is ${this.#options.image})`,
        );
    }
  }

  async #make(): Promise<void> {
    for (const [ref, object] of gitObjects(this.#options.image)) {
      await this.#options.client.create(ref, object).catch((error: unknown) => {
        if (!isAlreadyExists(error)) throw error;
      });
    }
  }

  async #bearer(): Promise<string> {
    if (this.#token !== undefined && this.#token.until > Date.now()) return this.#token.value;
    const ref = {
      group: '',
      version: 'v1',
      resource: 'serviceaccounts',
      namespace: GIT_NAMESPACE,
      name: ID,
      subresource: 'token',
    };
    const request = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: {},
      spec: { expirationSeconds: TOKEN_SECONDS },
    };
    const { status } = await this.#options.client.create<KubeObject & { status?: { token?: string } }>(
      ref,
      request as KubeObject,
    );
    this.#token = { value: status?.token ?? '', until: Date.now() + TOKEN_RENEWAL };
    return this.#token.value;
  }
}

const ignore = (): void => undefined;

const isReady = (status: Pod['status']): boolean =>
  status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;

async function ended(command: RunningCommand, what: string): Promise<void> {
  command.stdin.end();
  const [said, code] = await Promise.all([text(command.stderr), command.exit, command.stdout.resume()]);
  if (code !== 0) throw newInternalError(`${what}: ${said.trim().slice(0, 500)}`);
}
