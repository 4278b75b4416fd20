import type { PatienceOptions } from '../../common/patience.ts';
import type { Artifact } from '../artifacts/artifact.ts';
import type { PackageMode } from '../config/package-modes.ts';
import type { JsonObject } from '../agent/docker-config/json-text.ts';
import type { LoadableImage } from '../artifacts/images/build-image.ts';
import type { StartingImage } from '../artifacts/images/starting-images.ts';
import type { PackageSupply } from '../artifacts/packages/package-supply.ts';
import type { UpstreamBuild, UpstreamName } from '../artifacts/upstream.ts';
import type { Facts } from '../transport/facts.ts';

/** Which of the platform's own images a server gets: all that are to be had, those that it has already (renewed), or these. */
export type ImageChoice = 'all' | 'present' | readonly string[];

/** One of the platform's own images, wherever it is now. */
export interface PlatformImage {
  /** `router`; its recipe is assets/images/router.json. */
  readonly name: string;
  /** What Docker is to call it. */
  readonly reference: string;
  /** Built, or out of the cache or the bundle. Begun already. */
  readonly image: Promise<LoadableImage>;
}

/** What the platform is told, and where things go: from the flags, completed by the facts. */
export interface InstallSettings {
  readonly nodeName: string;
  /** IPv4 address at which others reach the server. */
  readonly advertiseAddress: string;
  /** It is that of the default route, which the platform finds itself: after a restart it may be another one. @default false */
  readonly followsRoute?: boolean | undefined;
  /** More names and addresses that others reach the API by. @default none */
  readonly tlsSANs?: readonly string[] | undefined;
  readonly dataDir: string;
  /** Port of the API, on all addresses. */
  readonly port: number;
  /** Hosts of routes that name none are below it. @default the platform's: apps.localhost */
  readonly domain?: string | undefined;
  readonly proxy?: ProxySettings | undefined;
  /** To be merged into Docker's own configuration. */
  readonly docker?: JsonObject | undefined;
  /** Docker may be restarted for that also while containers of others run in it. */
  readonly restartDocker?: boolean | undefined;
  /** Seconds that cloud-init is waited for; 0: not at all. @default 600 */
  readonly wait?: number | undefined;
}

/** Proxies that Docker and the platform are to use. URLs may hold a password. */
export interface ProxySettings {
  readonly http?: string | undefined;
  readonly https?: string | undefined;
  /** Hosts, domains and networks that are reached without one, separated by commas. */
  readonly no?: string | undefined;
}

/** Paths that do not depend on anything. */
export const platformPaths = {
  program: '/usr/local/bin/openshift',
  config: '/etc/openshift/config.yaml',
  kubeconfig: '/etc/openshift/admin.kubeconfig',
  unit: '/etc/systemd/system/openshift.service',
  unitName: 'openshift.service',
  dataDir: '/var/lib/openshift',
  /** Where no systemd runs. */
  logDir: '/var/log/openshift',
  log: '/var/log/openshift/openshift.log',
  optDir: '/opt/oo-install',
} as const;

/** What phases know beside the host. One per host and run. */
export interface InstallContext {
  /** As the host was when the run began, or when it was looked at anew. */
  readonly facts: Facts;
  readonly settings: InstallSettings;
  /** Built on the operator's machine while the first phases run already. */
  readonly artifacts: () => Promise<{ readonly runtime: Artifact; readonly openshift: Artifact }>;
  readonly images: () => Promise<readonly StartingImage[]>;
  /** Those that this server is to have, in the order in which they are needed. `isDefault`: nobody asked for them by name. */
  readonly platformImages: () => Promise<{ readonly images: readonly PlatformImage[]; readonly isDefault: boolean }>;
  /** How packages come to the server: from its own mirrors, streamed from here, or whichever is better. */
  readonly packages: { readonly mode: PackageMode; readonly supply: PackageSupply };
  /** A static build, where the distribution has no packages. */
  readonly build: (name: UpstreamName) => Promise<UpstreamBuild>;
  /** Goes on with what is known now: facts and settings are those of a new look, which is judged. @throws OoError PREFLIGHT_FAILED */
  renew?(facts: Facts): void;
  /** Aborts when the person who waits wants to wait no longer: phases that wait listen to it. */
  readonly signal?: AbortSignal;
  /** In which a new version must have proved itself. @default as an installation */
  readonly upgradePatience?: PatienceOptions;
  /** What this run has changed so far that later phases must know of. */
  readonly changed: {
    /** The daemon must be started anew: its program, configuration or unit is another one. */
    platform: boolean;
    /** The platform's own images: parts of it may start only now. */
    images?: boolean;
    /** The platform was upgraded: from and to, for people. */
    upgraded?: { readonly from: string; readonly to: string };
  };
}
