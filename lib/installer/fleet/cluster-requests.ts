import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Cluster } from '../config/cluster-schema.ts';
import { type HostTarget, parseHostTarget } from '../config/host-target.ts';
import { parseHostKeyPin } from './host-key-pins.ts';
import type { HostRequest } from './host-request.ts';

type Entry = Cluster['hosts'][number];

/** The hosts of cluster.yaml as requests. Paths in it are relative to its own folder; what a host says comes before the defaults. */
export function clusterRequests({ hosts, defaults = {} }: Cluster, file: string): readonly HostRequest[] {
  const folder = dirname(resolve(file));
  const pathOf = (path: string) => (path.startsWith('~/') ? join(homedir(), path.slice(2)) : resolve(folder, path));
  return hosts.map((entry) => ({
    target: targetOf(entry, defaults),
    identities: listOf(entry.identity ?? defaults.identity).map(pathOf),
    jump: entry.jump ?? defaults.jump,
    pins: listOf(entry.hostKey).map((fingerprint) => ({ ...parseHostKeyPin(fingerprint), host: entry.name })),
    nodeName: entry.nodeName,
    advertiseAddress: entry.advertiseAddress,
  }));
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
