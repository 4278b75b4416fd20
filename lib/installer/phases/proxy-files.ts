import { type InstallSettings, platformPaths, type ProxySettings } from './context.ts';

/** The variables; for root alone, since an address may hold a password, which a unit's own Environment= would show to everybody. */
export const proxyFile = '/etc/openshift/proxy.env';
export const proxyDropIns = {
  docker: '/etc/systemd/system/docker.service.d/openshift-proxy.conf',
  openshift: `${platformPaths.unit}.d/openshift-proxy.conf`,
} as const;

export const proxyDropIn = `# Written by oo-install; removed by oo-install uninstall.
[Service]
EnvironmentFile=${proxyFile}
`;

/** What is never to be reached through a proxy: the server itself, its pods and its services. */
const direct = ['localhost', '127.0.0.1', '::1', '.svc', '.cluster.local', '10.128.0.0/14', '172.30.0.0/16'];

/** Variables as programs read them: some only know the lower case. */
export function proxyEnvironment(settings: InstallSettings): Record<string, string> {
  const { proxy } = settings;
  if (proxy === undefined || (proxy.http ?? proxy.https) === undefined) return {};
  const no = [...new Set([...(proxy.no ?? '').split(','), ...direct, settings.advertiseAddress, settings.nodeName])];
  const values: [string, string | undefined][] = [
    ['http_proxy', proxy.http],
    ['https_proxy', proxy.https],
    ['no_proxy', no.filter((name) => name !== '').join(',')],
  ];
  return Object.fromEntries(
    values.flatMap(([name, value]) =>
      value === undefined
        ? []
        : [
            [name.toUpperCase(), value],
            [name, value],
          ],
    ),
  );
}

/** systemd.exec(5), EnvironmentFile=: in double quotes, a backslash before what means something there. */
export function proxyFileContent(settings: InstallSettings): string {
  const lines = Object.entries(proxyEnvironment(settings)).map(
    ([name, value]) => `${name}="${value.replaceAll(/["\\$`]/g, '\\$&')}"\n`,
  );
  return `# Written by oo-install; removed by oo-install uninstall.\n${lines.join('')}`;
}

/** Addresses without what is secret in them, as `docker info` and the probe tell them. */
export function bareProxies(proxy: ProxySettings): string[] {
  return [proxy.http, proxy.https].flatMap((url) => (url === undefined ? [] : [url.replace(/\/\/[^/@]*@/, '//')]));
}
