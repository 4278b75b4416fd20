import type { Pod } from '../types/pod-types.ts';

export interface ResolvConf {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

/** What glibc and musl read: more is dropped (kubelet: validation.MaxDNSNameservers and the expanded search limits). */
const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_CHARACTERS = 2048;

/** resolv.conf(5): the last of several `search` lines counts. */
export function parseResolvConf(text: string): ResolvConf {
  const nameservers: string[] = [];
  let searches: string[] = [];
  const options: string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'nameserver' && values[0] !== undefined) nameservers.push(values[0]);
    else if (keyword === 'search' || keyword === 'domain') searches = values.filter((value) => value !== '.');
    else if (keyword === 'options') options.push(...values);
  }
  return { nameservers, searches, options };
}

export interface ClusterDns {
  readonly address: string;
  readonly domain: string;
  /** The machine's own resolv.conf. */
  readonly host: ResolvConf;
}

const unique = (values: readonly string[]): string[] => [...new Set(values)];

/** kubelet: dns.Configurer.GetPodDNS. */
export function podResolvConf(pod: Pod, cluster: ClusterDns): ResolvConf {
  const base = basis(pod, cluster);
  const extra = pod.spec.dnsConfig;
  // An option of the pod replaces one of the same name.
  const options = new Map(base.options.map((option) => [option.split(':', 1)[0]!, option]));
  for (const { name, value } of extra?.options ?? [])
    if (name !== undefined) options.set(name, value === undefined || value === '' ? name : `${name}:${value}`);
  return limited({
    nameservers: unique([...base.nameservers, ...(extra?.nameservers ?? [])]),
    searches: unique([...base.searches, ...(extra?.searches ?? [])]),
    options: [...options.values()],
  });
}

function basis(pod: Pod, cluster: ClusterDns): ResolvConf {
  const policy = pod.spec.dnsPolicy ?? 'ClusterFirst';
  if (policy === 'None') return { nameservers: [], searches: [], options: [] };
  const useHost = policy === 'Default' || (policy === 'ClusterFirst' && pod.spec.hostNetwork === true);
  if (useHost) return cluster.host;
  const { domain } = cluster;
  return {
    nameservers: [cluster.address],
    searches: unique([`${pod.metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain, ...cluster.host.searches]),
    options: ['ndots:5'],
  };
}

function limited(conf: ResolvConf): ResolvConf {
  const searches: string[] = [];
  let characters = 0;
  for (const search of conf.searches.slice(0, MAX_SEARCHES)) {
    characters += search.length + 1;
    if (characters > MAX_SEARCH_CHARACTERS) break;
    searches.push(search);
  }
  return { nameservers: conf.nameservers.slice(0, MAX_NAMESERVERS), searches, options: conf.options };
}

/** The file, as pods have it. */
export function formatResolvConf(conf: ResolvConf): string {
  const lines = conf.nameservers.map((address) => `nameserver ${address}`);
  if (conf.searches.length > 0) lines.unshift(`search ${conf.searches.join(' ')}`);
  if (conf.options.length > 0) lines.push(`options ${conf.options.join(' ')}`);
  return lines.map((line) => `${line}\n`).join('');
}
