import { InvalidArgumentError } from 'commander';
import type { ClusterSettings } from '../../config/cluster-settings.ts';
import { isDnsName } from '../../config/text-forms.ts';
import { readDockerSettings } from '../../config/docker-settings.ts';
import { parseNoProxy, parseProxy, proxyErrors } from '../../config/proxy-settings.ts';
import type { SessionOptions } from '../../session.ts';
import type { OptionDefinition } from '../define-command.ts';

/** Flags that only an installation has. */
export interface SettingFlags {
  readonly wait?: number;
  readonly domain?: string;
  readonly daemonJson?: string;
  readonly restartDocker?: boolean;
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  /** Commander reads a flag that begins with `--no-` as a negation. */
  readonly proxyExcept?: string;
}

export const settingOptions: readonly OptionDefinition[] = [
  {
    flags: '--wait <seconds>',
    description: 'how long to wait for cloud-init to end (default: 600; 0: not at all)',
    parse: seconds,
  },
  {
    flags: '--domain <name>',
    description: 'routes and applications are hosts below it (default: apps.localhost, which only the server itself reaches)',
    parse: domain,
  },
  { flags: '--daemon-json <file>', description: "merge these settings into Docker's daemon.json" },
  { flags: '--restart-docker', description: 'let that restart Docker also when containers of others run in it' },
  { flags: '--http-proxy <url>', description: 'proxy that Docker and OpenShift use; env:NAME takes it from the environment' },
  { flags: '--https-proxy <url>', description: 'the same for https' },
  {
    flags: '--proxy-except <hosts>',
    description: 'hosts, domains and networks that are reached without it, separated by commas',
  },
];

type Settings = Pick<SessionOptions, 'wait' | 'domain' | 'docker' | 'restartDocker' | 'proxy'>;

/** What the flags say of each server, and cluster.yaml where they say nothing. @throws OoError */
export function settingsOf(flags: SettingFlags, file: ClusterSettings): Settings {
  const { daemonJson } = flags;
  return {
    wait: flags.wait ?? file.wait,
    domain: flags.domain ?? file.domain,
    docker: daemonJson === undefined ? file.docker : readDockerSettings(daemonJson),
    restartDocker: flags.restartDocker ?? file.restartDocker,
    proxy: proxyOf(flags, file.proxy),
  };
}

function proxyOf(flags: SettingFlags, file: ClusterSettings['proxy'] = {}): Settings['proxy'] {
  const { httpProxy = file.http, httpsProxy = file.https, proxyExcept = file.except } = flags;
  if ((httpProxy ?? httpsProxy) === undefined) {
    if (proxyExcept !== undefined) throw proxyErrors.PROXY_EXCEPT_NOTHING();
    return undefined;
  }
  return {
    http: httpProxy === undefined ? undefined : parseProxy(httpProxy),
    https: httpsProxy === undefined ? undefined : parseProxy(httpsProxy),
    no: proxyExcept === undefined ? undefined : parseNoProxy(proxyExcept),
  };
}

function domain(text: string): string {
  if (!isDnsName(text)) throw new InvalidArgumentError('It must be a DNS name in lower case, such as apps.example.com.');
  return text;
}

function seconds(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It must be a number of seconds.');
  return Number(text);
}
