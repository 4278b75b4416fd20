import { setTimeout as delay } from 'node:timers/promises';
import type { Flags } from './flags.ts';
import { kubecfgErrors } from './kubecfg-errors.ts';
import type { OldClient, OldObject } from './old-client.ts';

const CONTROLLERS = 'replicationControllers';

/** `run`: a controller of pods with one container, and with -s a service of theirs. Label `name` ties them. */
export async function runImage(client: OldClient, flags: Flags, [image, count, id]: readonly string[]): Promise<OldObject> {
  if (image === undefined || count === undefined || id === undefined)
    throw kubecfgErrors.KUBECFG_USAGE('run takes an image, a number of replicas and a name');
  const ports = portsOf(flags.p);
  const labels = { name: id };
  const servicePort = flags.s === undefined ? undefined : portOf(flags.s);
  const made = await client.create(CONTROLLERS, {
    id,
    kind: 'ReplicationController',
    apiVersion: 'v1beta1',
    labels,
    desiredState: {
      replicas: replicasOf(count),
      replicaSelector: labels,
      podTemplate: {
        labels,
        desiredState: { manifest: { version: 'v1beta1', containers: [{ name: id.toLowerCase(), image, ports }] } },
      },
    },
  });
  if (servicePort === undefined) return made;
  const target = ports[0]?.containerPort;
  return await client.create('services', {
    id,
    kind: 'Service',
    apiVersion: 'v1beta1',
    labels,
    port: servicePort,
    ...(target === undefined ? {} : { containerPort: target }),
    selector: labels,
  });
}

/** `resize` and, with 0, `stop`. */
export async function resize(client: OldClient, name: string, count: string): Promise<OldObject> {
  const replicas = replicasOf(count);
  const controller = await client.get(CONTROLLERS, name);
  return client.update(CONTROLLERS, name, { ...controller, desiredState: { ...controller['desiredState'], replicas } });
}

/** `rm`: only of what has been stopped, so that no pod is left without a controller. */
export async function remove(client: OldClient, name: string): Promise<OldObject> {
  const { desiredState } = await client.get(CONTROLLERS, name);
  if (desiredState.replicas !== 0) throw kubecfgErrors.KUBECFG_NOT_STOPPED(name, desiredState.replicas);
  return client.delete(CONTROLLERS, name);
}

/** `rollingupdate`: the controller makes each pod again, from its template of now; -image changes that first. */
export async function rollingUpdate(client: OldClient, flags: Flags, name: string, signal: AbortSignal): Promise<OldObject> {
  const period = periodOf(flags.u ?? '60s');
  let controller = await client.get(CONTROLLERS, name);
  if (flags.image !== undefined) {
    const changed = structuredClone(controller);
    const { containers } = changed['desiredState'].podTemplate.desiredState.manifest;
    if (containers.length !== 1)
      throw kubecfgErrors.KUBECFG_USAGE(`-image: the pods of ${name} have ${containers.length} containers, not one`);
    containers[0].image = flags.image;
    controller = await client.update(CONTROLLERS, name, changed);
  }
  const selector = Object.entries(controller['desiredState'].replicaSelector as Record<string, string>);
  const { items } = await client.list('pods', selector.map((pair) => pair.join('=')).join(','));
  for (const [n, pod] of (items as OldObject[]).entries()) {
    if (n > 0) await delay(period, undefined, { signal });
    await client.delete('pods', pod['id'] as string);
  }
  return controller;
}

/** `8080:80,8443:443`; a port alone is the container's. */
export function portsOf(text: string | undefined): { hostPort?: number; containerPort: number }[] {
  if (text === undefined || text === '') return [];
  return text.split(',').map((pair) => {
    const numbers = pair.split(':').map(portOf);
    if (numbers.length > 2) throw kubecfgErrors.KUBECFG_USAGE(`-p: ${JSON.stringify(pair)} is not HOSTPORT:PORT`);
    const containerPort = numbers.at(-1)!;
    return numbers.length === 2 ? { hostPort: numbers[0]!, containerPort } : { containerPort };
  });
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
    throw kubecfgErrors.KUBECFG_USAGE(`${JSON.stringify(text)} is no port: it must be from 1 to 65535`);
  return port;
}

function replicasOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw kubecfgErrors.KUBECFG_USAGE(`${JSON.stringify(text)} is no number of replicas`);
  return Number(text);
}

/** Go's durations, of one unit. */
function periodOf(text: string): number {
  const [, number, unit] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? [];
  if (number === undefined || unit === undefined) throw kubecfgErrors.KUBECFG_USAGE(`-u: ${JSON.stringify(text)} is not as 60s`);
  return Number(number) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit]!;
}
