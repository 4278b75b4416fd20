import type { BuildConfig } from '../api/build/build-types.ts';
import type { KubeObject } from '../api/meta.ts';
import type { DeploymentConfig } from '../api/openshift-apps/deployment-config-types.ts';
import { isNotFound, isReason } from '../api/status-error.ts';
import { ROUTER_PUBLIC } from '../api/route/router-public.ts';
import { appErrors } from './app-errors.ts';
import { APP_RESOURCES } from './app-objects.ts';
import { labelsOf, selectorOf } from './application.ts';
import type { PlatformAccess } from './platform-access.ts';

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
  /** RFC 3339. */
  readonly created: string;
  /** Absent while no router has admitted its route. */
  readonly url?: string;
}

interface Route extends KubeObject {
  spec: { host?: string; path?: string; tls?: object };
  status?: { ingress?: { host?: string; conditions?: { type: string; status: string }[] }[] };
}

/** The applications of a project, or the one of that name if it is there, by name. */
export async function readApps({ client, namespace }: PlatformAccess, name?: string): Promise<App[]> {
  const labelSelector = selectorOf(name);
  const all = async <T extends KubeObject>(kind: (typeof APP_RESOURCES)[keyof typeof APP_RESOURCES]): Promise<readonly T[]> =>
    (await client.list<T>({ ...kind, namespace }, { labelSelector })).items;
  const [ports, workloads, configs, routes] = await Promise.all([
    routerPorts(client),
    all<DeploymentConfig>(APP_RESOURCES.deploymentConfig),
    all<BuildConfig>(APP_RESOURCES.buildConfig),
    all<Route>(APP_RESOURCES.route),
  ]);
  const of = <T extends KubeObject>(objects: readonly T[], wanted: string): T | undefined =>
    objects.find(({ metadata }) => metadata.name === wanted);
  return workloads.map(({ metadata, spec, status }) => {
    const config = of(configs, metadata.name!);
    const url = urlOf(of(routes, metadata.name!), ports);
    return {
      name: metadata.name!,
      namespace,
      type: config === undefined ? 'unknown' : typeOf(config),
      replicas: spec.replicas,
      available: status?.availableReplicas ?? 0,
      version: status?.latestVersion ?? 0,
      created: metadata.creationTimestamp ?? '',
      ...(url === undefined ? {} : { url }),
    };
  });
}

/** @throws OoError APP_NOT_FOUND; also for what has the name and is not ours */
export async function requireApp(access: PlatformAccess, name: string): Promise<App> {
  const [app] = await readApps(access, name);
  if (app === undefined) throw appErrors.APP_NOT_FOUND(name, access.namespace);
  return app;
}

/** The router's ports on its machine, as URLs have them: '' where a scheme implies it. */
interface RouterPorts {
  readonly http: string;
  readonly https: string;
}

/** Of the ConfigMap that the router's controller writes for everybody; a platform whose router tells nothing has the usual ones. */
async function routerPorts(client: PlatformAccess['client']): Promise<RouterPorts> {
  const ref = { group: '', version: 'v1', resource: 'configmaps', ...ROUTER_PUBLIC };
  const { data = {} } = await client.get<KubeObject & { data?: Record<string, string> }>(ref).catch((error: unknown) => {
    if (isNotFound(error) || isReason(error, 'Forbidden')) return { data: {} };
    throw error;
  });
  const told = (scheme: 'http' | 'https', usual: string): string => {
    const port = (data as Record<string, string>)[scheme];
    return port === undefined || port === usual || !/^\d{1,5}$/.test(port) ? '' : `:${port}`;
  };
  return { http: told('http', '80'), https: told('https', '443') };
}

function urlOf(route: Route | undefined, ports: RouterPorts): string | undefined {
  const admitted = route?.status?.ingress?.find(({ conditions }) =>
    conditions?.some(({ type, status }) => type === 'Admitted' && status === 'True'),
  );
  if (route === undefined || admitted?.host === undefined) return undefined;
  const scheme = route.spec.tls === undefined ? 'http' : 'https';
  return `${scheme}://${admitted.host}${ports[scheme]}${route.spec.path ?? '/'}`;
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
    ...apps.map(({ name, type, available, replicas, version, url }) => [
      name,
      type,
      `${available}/${replicas}`,
      String(version),
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
