import type { BuildConfig } from '../api/build/build-types.ts';
import type { KubeObject } from '../api/meta.ts';
import { type AddressedRoute, routerPorts, routeUrl } from '../client/route-address.ts';
import { appErrors } from './app-errors.ts';
import { APP_RESOURCES } from './app-objects.ts';
import { labelsOf, selectorOf } from './application.ts';
import type { PlatformAccess } from './platform-access.ts';
import { type PlacedWorkload, isSettled, versionOf, workloadsOf } from './workload.ts';

/** One application, as it is listed. */
export interface App {
  readonly name: string;
  readonly namespace: string;
  readonly type: string;
  /** Pods that are to run. */
  readonly replicas: number;
  /** Pods that answer. */
  readonly available: number;
  /** Versions that have been begun. */
  readonly version: number;
  /** Whether the last of them runs alone, with all its pods. */
  readonly settled: boolean;
  /** RFC 3339. */
  readonly created: string;
  /** Absent while no router has admitted its route. */
  readonly url?: string;
}

/** The applications of a project, or the one of that name if it is there, by name. */
export async function readApps(access: PlatformAccess, name?: string): Promise<App[]> {
  const { client, namespace } = access;
  const labelSelector = selectorOf(name);
  const all = async <T extends KubeObject>(kind: (typeof APP_RESOURCES)[keyof typeof APP_RESOURCES]): Promise<readonly T[]> =>
    (await client.list<T>({ ...kind, namespace }, { labelSelector })).items;
  const [ports, workloads, configs, routes] = await Promise.all([
    routerPorts(client),
    workloadsOf(access, name),
    all<BuildConfig>(APP_RESOURCES.buildConfig),
    all<AddressedRoute>(APP_RESOURCES.route),
  ]);
  const of = <T extends KubeObject>(objects: readonly T[], wanted: string): T | undefined =>
    objects.find(({ metadata }) => metadata.name === wanted);
  return workloads.map((workload) => {
    const { metadata, spec, status } = workload.object;
    const config = of(configs, metadata.name!);
    const url = routeUrl(of(routes, metadata.name!), ports);
    return {
      name: metadata.name!,
      namespace,
      type: config === undefined ? 'unknown' : typeOf(config),
      replicas: spec.replicas ?? 1,
      available: status?.availableReplicas ?? 0,
      version: versionOf(workload),
      settled: isSettled(workload),
      created: metadata.creationTimestamp ?? '',
      ...(url === undefined ? {} : { url }),
    };
  });
}

/** What runs it. @throws OoError APP_NOT_FOUND; also for what has the name and is not ours */
export async function requireWorkload(access: PlatformAccess, name: string): Promise<PlacedWorkload> {
  const [workload] = await workloadsOf(access, name);
  if (workload === undefined) throw appErrors.APP_NOT_FOUND(name, access.namespace);
  return workload;
}

/** `nodejs` of `openshift/nodejs:latest` and of `nodejs:latest`. */
export const typeOf = ({ spec }: BuildConfig): string =>
  (spec.strategy.sourceStrategy?.from.name ?? '').replace(/^.*\//, '').replace(/[:@].*$/, '') || 'something else';

/** Whether an object is of this application, and made by us. */
export const isOwn = ({ metadata }: KubeObject, name: string): boolean =>
  Object.entries(labelsOf(name)).every(([key, value]) => metadata.labels?.[key] === value);

/** Lines with columns, for people. */
export function appTable(apps: readonly App[], namespace: string): string {
  if (apps.length === 0) return `no applications in the project ${namespace}; make one: openshift app create NAME -t nodejs\n`;
  const rows = [
    ['NAME', 'TYPE', 'PODS', 'VERSION', 'URL'],
    ...apps.map(({ name, type, available, replicas, version, settled, url }) => [
      name,
      type,
      `${available}/${replicas}`,
      settled || version === 0 ? String(version) : `${version}, not ready`,
      url ?? '<none>',
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join('   ')
          .trimEnd()}\n`,
    )
    .join('');
}
