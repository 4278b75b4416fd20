import { hostname, userInfo } from 'node:os';
import { OoError } from '../common/errors.ts';
import { defaultCacheDir } from './artifacts/cache.ts';
import { debianArchitecture, type DebianArchitecture } from './artifacts/debian-architecture.ts';
import { startingImageReferences } from './artifacts/images/image-recipe.ts';
import { platformImageReference, platformImageReferences } from './artifacts/images/platform-image-names.ts';
import { type ImageChoice, type InstallContext, type InstallSettings, platformPaths } from './phases/context.ts';
import type { PackageMode } from './config/package-modes.ts';
import { targetOf } from './phases/install-packages.ts';
import { probedPaths } from './phases/preflights/resource-preflights.ts';
import type { Progress } from './phases/run-phases.ts';
import type { Reporter } from './progress-event.ts';
import { prepareSupplies, type Supplies } from './supplies.ts';
import { connectHost, type HostOptions } from './transport/connected-host.ts';
import type { Facts } from './transport/facts.ts';
import type { Host } from './transport/host.ts';
import type { Transport } from './transport/transport.ts';

/** What all commands share. */
export interface SessionOptions {
  readonly transport: Transport;
  readonly reporter: Reporter;
  readonly dryRun: boolean;
  /** Takes the lock of another operator who is gone. */
  readonly takeLock: boolean;
  readonly nodeName?: string | undefined;
  readonly advertiseAddress?: string | undefined;
  /** More names and addresses that others reach the API by. @default none */
  readonly tlsSANs?: readonly string[] | undefined;
  /** Port of the API. @default 8443 */
  readonly port?: number | undefined;
  /** Seconds that cloud-init is waited for; 0: not at all. @default 600 */
  readonly wait?: number | undefined;
  /** Of hosts of routes. @default apps.localhost */
  readonly domain?: string | undefined;
  /** Settings to be merged into Docker's own configuration (config/docker-settings.ts). */
  readonly docker?: InstallSettings['docker'];
  readonly restartDocker?: boolean | undefined;
  readonly proxy?: InstallSettings['proxy'];
  readonly cacheDir?: string;
  /** What all hosts of the run share. @default of this host alone, in `cacheDir` */
  readonly supplies?: Supplies;
  /** @default 'auto', but 'host' for this very machine: its own apt is the one that would be asked */
  readonly packages?: PackageMode;
  /** @default none */
  readonly images?: ImageChoice;
  readonly signal?: AbortSignal;
  /** Whose agent answers. @default own */
  readonly agent?: HostOptions['agent'];
}

/** One host, and what is prepared for it on the operator's machine meanwhile: for the architecture that the probe finds. */
export interface Session {
  readonly host: Host;
  readonly progress: Progress;
  context(facts: Facts): InstallContext;
}

/** Opens a host for one run. Reaches nothing yet: the transport connects with the first phase, and supplies are prepared once the host's architecture is known. */
export function openSession(options: SessionOptions): Session {
  const { transport, reporter } = options;
  const supplies = options.supplies ?? prepareSupplies({ cacheDir: options.cacheDir ?? defaultCacheDir() });
  const progress: Progress = { phase: '' };
  let target: DebianArchitecture = debianArchitecture();
  const artifacts = () => supplies.artifacts(target);
  const images = () => supplies.images(target);
  const host = connectHost({
    transport,
    dryRun: options.dryRun,
    takeLock: options.takeLock,
    agent: options.agent ?? 'own',
    owner: `${userInfo().username}@${hostname()}`,
    artifacts,
    probePaths: probedPaths,
    probeImages: [...startingImageReferences, ...platformImageReferences],
    phase: () => progress.phase,
    listener: {
      changing: (description) => reporter.report({ event: 'change', host: transport.name, phase: progress.phase, description }),
      progress: (message) => reporter.report({ event: 'progress', host: transport.name, phase: progress.phase, message }),
      note: (message) => reporter.report({ event: 'note', host: transport.name, message }),
      warn: (message) => reporter.report({ event: 'warning', host: transport.name, message }),
    },
  });
  return {
    host,
    progress,
    context: (facts) => {
      target = targetOf({ facts });
      // Begun at once, so that they are ready when a phase needs them. What fails here is told where it is awaited.
      void artifacts().catch(() => undefined);
      const settings = settingsFor(facts, options);
      const signal = options.signal === undefined ? {} : { signal: options.signal };
      const mode = options.packages ?? (transport.name === 'localhost' ? 'host' : 'auto');
      return {
        facts,
        settings,
        artifacts,
        images,
        platformImages: once(() => chosenImages(options.images ?? [], facts, supplies, target)),
        packages: { mode, supply: supplies.packages },
        build: (name) => supplies.build(name, target),
        ...signal,
        changed: { platform: false },
      };
    },
  };
}

/** Those that a server is to have, begun. What fails here is told where it is awaited. */
async function chosenImages(choice: ImageChoice, { docker }: Facts, supplies: Supplies, arch: DebianArchitecture) {
  const known = typeof choice === 'string' ? await supplies.platformImageNames(arch) : choice;
  const names = choice === 'present' ? known.filter((name) => docker.images.has(platformImageReference(name))) : known;
  const images = names.map((name) => ({
    name,
    reference: platformImageReference(name),
    image: supplies.platformImage(name, arch),
  }));
  for (const { image } of images) image.catch(() => undefined);
  return { images, isDefault: typeof choice === 'string' };
}

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
};

/** Node names are DNS names in lower case (RFC 1123). */
const dnsName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/;

/** What is installed on a host: the flags, and what was found there for those not given. Throws an OoError NODE_NAME_INVALID (usage). */
export function settingsFor(
  facts: Facts,
  flags: Pick<
    SessionOptions,
    'nodeName' | 'advertiseAddress' | 'tlsSANs' | 'port' | 'domain' | 'wait' | 'docker' | 'restartDocker' | 'proxy'
  >,
): InstallSettings {
  const wanted = flags.nodeName ?? facts.hostname.toLowerCase();
  if (wanted.length > 253 || !dnsName.test(wanted)) {
    throw new OoError('NODE_NAME_INVALID', 'usage', `the node name ${JSON.stringify(wanted)} is no DNS name in lower case`, {
      hint: 'choose one with --node-name',
    });
  }
  return {
    nodeName: wanted,
    advertiseAddress: flags.advertiseAddress ?? facts.address,
    followsRoute: flags.advertiseAddress === undefined && facts.addressIsOfRoute,
    tlsSANs: flags.tlsSANs,
    dataDir: platformPaths.dataDir,
    port: flags.port ?? 8443,
    domain: flags.domain,
    wait: flags.wait,
    docker: flags.docker,
    restartDocker: flags.restartDocker,
    proxy: flags.proxy,
  };
}

/** Whether our platform runs on the host. */
export function platformRuns(facts: Facts): boolean {
  return facts.units.openshift?.active === 'active' || facts.ours.services.has('openshift');
}
