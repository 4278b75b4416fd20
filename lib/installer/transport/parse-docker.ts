import type { DockerFacts } from './facts.ts';
import type { Fields } from './parse-facts.ts';
import { pair } from './parse-lines.ts';

/** Docker's part of the probe's answer. `docker info` was asked for fields that are separated by `|`. */
export function dockerOf(fields: Fields): DockerFacts {
  const last = (key: string) => fields.get(key)?.at(-1) ?? '';
  const info = last('docker.info').split('|');
  const field = (index: number) => info[index] ?? '';
  const foreign = fields.get('docker.foreign') ?? [];
  return {
    dockerd: last('docker.dockerd'),
    client: last('docker.client'),
    real: last('docker.real'),
    says: last('docker.says'),
    running: info.length > 1,
    version: field(0),
    storageDriver: field(1),
    rootDir: field(3) || last('docker.root'),
    securityOptions: field(4),
    operatingSystem: field(5),
    cgroupDriver: field(6),
    liveRestore: field(7) === 'true',
    swarm: field(8),
    kernelRelease: field(9),
    proxies: [field(10), field(11)].filter(Boolean),
    socket: last('docker.socket'),
    host: last('docker.host'),
    context: last('docker.context'),
    error: last('docker.error'),
    rootlessSockets: fields.get('docker.rootless') ?? [],
    foreign,
    foreignCount: Number.parseInt(last('docker.foreigners'), 10) || foreign.length,
    images: new Map((fields.get('docker.image') ?? []).map((line) => pair(line)).filter(([, id]) => id !== '')),
  };
}
