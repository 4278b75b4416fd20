import type { Cluster } from '../config/cluster-schema.ts';
import type { ClusterSettings } from '../config/cluster-settings.ts';
import { type HostTarget, parseHostTarget } from '../config/host-target.ts';
import { pathsBeside } from '../config/yaml-file.ts';
import { parseHostKeyPin } from './host-key-pins.ts';
import type { HostRequest } from './host-request.ts';

type Entry = Cluster['hosts'][number];

/** The hosts of cluster.yaml as requests. Paths in it are relative to its own folder; what a host says comes before the defaults. */
export function clusterRequests({ hosts, defaults = {} }: Cluster, file: string): readonly HostRequest[] {
  const pathOf = pathsBeside(file);
  return hosts.map((entry) => ({
    target: targetOf(entry, defaults),
    identities: listOf(entry.identity ?? defaults.identity).map(pathOf),
    jump: entry.jump ?? defaults.jump,
    pins: listOf(entry.hostKey).map((fingerprint) => ({ ...parseHostKeyPin(fingerprint), host: entry.name })),
    nodeName: entry.nodeName,
    advertiseAddress: entry.advertiseAddress,
    tlsSANs: listOf(entry.tlsSANs),
  }));
}

/** The settings of cluster.yaml, with absolute paths. */
export function settingsIn({ settings = {} }: Cluster, file: string): ClusterSettings {
  const pathOf = pathsBeside(file);
  const { bundle, builds, ...others } = settings;
  const placed = <B extends { readonly file: string }>(build: B) => ({ ...build, file: pathOf(build.file) });
  return {
    ...others,
    ...(bundle === undefined ? {} : { bundle: pathOf(bundle) }),
    ...(builds === undefined
      ? {}
      : { builds: { docker: builds.docker && placed(builds.docker), cni: builds.cni && placed(builds.cni) } }),
  };
}

function targetOf(entry: Entry, defaults: NonNullable<Cluster['defaults']>): HostTarget {
  const target = parseHostTarget(entry.address ?? entry.name);
  if (target.kind === 'local') return { ...target, name: entry.name };
  const user = entry.user ?? target.user ?? defaults.user;
  const port = entry.port ?? target.port ?? defaults.port;
  return {
    kind: 'ssh',
    name: entry.name,
    host: target.host,
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port }),
  };
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}
