import type { Clock } from '../../../../common/clock.ts';
import type { ContainerRuntime, ImageInfo } from '../../../runtime/container-runtime.ts';
import { isCalled, referenceProblem } from '../../../runtime/image-reference.ts';
import { isRuntimeUnavailable } from '../../../runtime/runtime-error.ts';
import type { ConfigSource } from '../containers/environment.ts';
import { KeyedBackoff } from '../container-backoff.ts';
import type { Container } from '../types/container-types.ts';
import type { Pod } from '../types/pod-types.ts';
import type { ClusterRegistry } from './cluster-registry.ts';
import { confirmPull } from './confirm-pull.ts';
import type { ImageLedger } from './image-ledger.ts';
import { loginsFor, parsePullSecret, type RegistryLogin } from './pull-secrets.ts';

/** The waiting reason of a container whose image is not there. `silent`: its event has been told already. */
export class ImageError extends Error {
  readonly reason: 'ErrImagePull' | 'ImagePullBackOff' | 'ErrImageNeverPull' | 'InvalidImageName';
  /** ms since the epoch; when to try again. */
  readonly retryAt: number | undefined;
  constructor(reason: ImageError['reason'], message: string, options: { retryAt?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ImageError';
    this.reason = reason;
    this.retryAt = options.retryAt;
  }
}

export type TellEvent = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

interface Options {
  readonly runtime: ContainerRuntime;
  readonly source: ConfigSource;
  readonly clock: Clock;
  /** Notes what was pulled for pods, and may be removed one day. */
  readonly ledger?: ImageLedger;
  /** The platform's registry. @default there is none */
  readonly registry?: ClusterRegistry;
}

/** Sees to it that a container's image is there (kubelet: images/image_manager.go). */
export class ImagePuller {
  readonly #options: Options;
  readonly #backoff = new KeyedBackoff();
  /** Pulls under way, by image and login: twenty pods that need the same image pull it once. */
  readonly #pulls = new Map<string, Promise<ImageInfo>>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** Rejects with an ImageError, or with the runtime's own error when the engine is away. */
  async ensure(pod: Pod, container: Container, tell: TellEvent, signal: AbortSignal): Promise<ImageInfo> {
    const { registry } = this.#options;
    const image = this.engineName(container.image ?? '');
    const problem = referenceProblem(image);
    if (problem !== undefined) {
      const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": ${problem}`;
      tell('Warning', 'InspectFailed', message);
      throw new ImageError('InvalidImageName', message);
    }
    const found = await this.#options.runtime.image(image);
    // By an id everybody could run whatever lies on this machine.
    const present = found !== undefined && isCalled(found, image) ? found : undefined;
    const policy = container.imagePullPolicy ?? (/(:latest|\/[^:@]*|^[^/:@]*)$/.test(image) ? 'Always' : 'IfNotPresent');
    // What a project's image is called anybody can say; that the engine has it does not make it this pod's.
    const mustAsk = present !== undefined && registry?.isProjects(image) === true && !this.#granted.has(grantOf(pod, present));
    if (present !== undefined && policy !== 'Always' && !mustAsk) {
      tell('Normal', 'Pulled', `Container image "${image}" already present on machine`);
      return present;
    }
    if (policy === 'Never') {
      const message = mustAsk
        ? `Container image "${image}" has not been pulled for this project, with pull policy of Never`
        : `Container image "${image}" is not present with pull policy of Never`;
      tell('Warning', 'ErrImageNeverPull', message);
      throw new ImageError('ErrImageNeverPull', message);
    }
    return this.#pull(pod, image, present, tell, signal);
  }

  /** What the engine calls an image that a pod names. */
  engineName(image: string): string {
    return this.#options.registry?.resolve(image) ?? image;
  }

  /** Forgets the back-off of a pod that is gone. */
  forget(uid: string): void {
    this.#backoff.resetAll(`${uid}_`);
  }

  async #pull(pod: Pod, image: string, present: ImageInfo | undefined, tell: TellEvent, signal: AbortSignal): Promise<ImageInfo> {
    const { clock } = this.#options;
    const key = `${pod.metadata.uid}_${image}`;
    const now = clock.now();
    const wait = this.#waits.get(key);
    if (wait !== undefined && wait.until > now) {
      const message = `Back-off pulling image "${image}"`;
      tell('Normal', 'BackOff', message);
      throw new ImageError('ImagePullBackOff', `${message}: ErrImagePull: ${wait.message}`, { retryAt: wait.until });
    }
    tell('Normal', 'Pulling', `Pulling image "${image}"`);
    try {
      const info = await this.#pullWithAnyLogin(pod, image, signal);
      const took = seconds(clock.now() - now);
      tell(
        'Normal',
        'Pulled',
        `Successfully pulled image "${image}" in ${took} (${took} including waiting). Image size: ${info.size} bytes.`,
      );
      this.#waits.delete(key);
      this.#granted.add(grantOf(pod, info));
      this.#backoff.reset(key);
      // An image that was here before the pull may be somebody else's: it is never ours to remove.
      if (present === undefined) await this.#options.ledger?.used(info.id, clock.now());
      return info;
    } catch (error) {
      if (signal.aborted || isRuntimeUnavailable(error)) throw error;
      const message = `rpc error: code = Unknown desc = ${(error as Error).message}`;
      tell('Warning', 'Failed', `Failed to pull image "${image}": ${message}`);
      this.#backoff.next(key, clock.now(), clock.now());
      const until = clock.now() + this.#backoff.delay(key);
      this.#waits.set(key, { until, message });
      throw new ImageError('ErrImagePull', message, { retryAt: until, cause: error });
    }
  }

  /** Which projects' pods have pulled which images since this kubelet runs: these may start again while the registry is away. */
  readonly #granted = new Set<string>();

  readonly #waits = new Map<string, { until: number; message: string }>();

  async #pullWithAnyLogin(pod: Pod, image: string, signal: AbortSignal): Promise<ImageInfo> {
    const logins = loginsFor(image, await this.#secrets(pod));
    let failure: unknown;
    for (const login of logins.length === 0 ? [undefined] : logins) {
      try {
        return await this.#pullOnce(image, login, signal);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  #pullOnce(image: string, login: RegistryLogin | undefined, signal: AbortSignal): Promise<ImageInfo> {
    const key = JSON.stringify([image, login?.username, login?.password]);
    const running = this.#pulls.get(key);
    if (running !== undefined) return waitFor(running, signal);
    // The pod may have gone while its secrets were read.
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    // Not ended by the pod that happened to ask first: others may wait for it by then.
    const pull = this.#pullAs(image, login, AbortSignal.timeout(PULL_LIMIT_MS)).finally(() => this.#pulls.delete(key));
    // Everybody who waits may leave: that it fails then is nobody's concern, and must not end the process.
    pull.catch(() => undefined);
    this.#pulls.set(key, pull);
    return waitFor(pull, signal);
  }

  async #pullAs(image: string, login: RegistryLogin | undefined, signal: AbortSignal): Promise<ImageInfo> {
    if (this.#options.registry?.isProjects(image) === true) await confirmPull(image, login, signal);
    return this.#options.runtime.pull(image, login, signal);
  }

  async #secrets(pod: Pod): Promise<Map<string, RegistryLogin>[]> {
    const names = (pod.spec.imagePullSecrets ?? []).map(({ name }) => name).filter((name) => name !== undefined && name !== '');
    const secrets = await Promise.all(
      names.map((name) => this.#options.source.secret(pod.metadata.namespace, name!).catch(() => undefined)),
    );
    return secrets.filter((data) => data !== undefined).map(parsePullSecret);
  }
}

const grantOf = ({ metadata }: Pod, { id }: ImageInfo): string => `${metadata.namespace} ${id}`;

const PULL_LIMIT_MS = 3_600_000;

function waitFor<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason as Error);
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

const seconds = (ms: number): string => (ms < 1000 ? `${ms}ms` : `${(ms / 1000).toFixed(3).replace(/\.?0+$/, '')}s`);
