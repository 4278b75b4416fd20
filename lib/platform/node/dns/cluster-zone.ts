import type { Answer, Question, StringAnswer } from 'dns-packet';
import { isIPv4 } from 'node:net';
import { type Cidr, cidrsOverlap, parseCidr } from '../../../common/cidr.ts';
import type { ServiceEndpoint, ServiceRecord, ServiceRecords } from './service-records.ts';
import { NOERROR, NXDOMAIN, type Resolution } from './dns-message.ts';

/** Short, since a service may come a moment after a client asked for it (CoreDNS' default too). */
const TTL = 5;

type Address = readonly string[];

/** What the cluster has names for. */
export interface Zone {
  /** `cluster.local`, in lower case. */
  readonly domain: string;
  /** Networks whose addresses have the names that we give them, or none. */
  readonly networks: readonly Cidr[];
}

/**
 * The cluster's own names, by Kubernetes' DNS-Based Service Discovery 1.1.0
 * (https://github.com/kubernetes/dns/blob/master/docs/specification.md). Answers undefined for names of others, and a CNAME
 * alone for an ExternalName service: the caller asks on.
 */
export function resolveInZone(
  question: Question,
  { domain: zone, networks }: Zone,
  records: ServiceRecords,
): Resolution | undefined {
  const name = question.name.toLowerCase().replace(/\.$/, '');
  if (question.type === 'PTR') return resolvePointer(name, question.name, zone, networks, records);
  if (name !== zone && !name.endsWith(`.${zone}`)) return undefined;
  const labels = name === zone ? [] : name.slice(0, -zone.length - 1).split('.');
  const found = lookUp(labels, question, zone, records);
  if (found === undefined) return nothing(NXDOMAIN, zone);
  return found.answers.length > 0 ? { ...found, rcode: NOERROR, authoritative: true } : nothing(NOERROR, zone);
}

/** Answers, none for a name that exists without the type that was asked for, undefined for a name that does not exist. */
function lookUp(
  labels: readonly string[],
  question: Question,
  zone: string,
  records: ServiceRecords,
): Pick<Resolution, 'answers' | 'additionals'> | undefined {
  const kind = labels.at(-1);
  if (kind === undefined) return { answers: [] };
  if (labels.length === 1 && kind === 'dns-version') {
    return { answers: question.type === 'TXT' ? [{ type: 'TXT', name: question.name, ttl: TTL, data: '1.1.0' }] : [] };
  }
  if (kind === 'pod') return podAddress(labels.slice(0, -1), question);
  if (kind !== 'svc' && kind !== 'endpoints') return undefined;
  const [namespace, service, ...rest] = labels.slice(0, -1).reverse();
  if (namespace === undefined) return { answers: [] };
  if (service === undefined) return records.hasNamespace(namespace) ? { answers: [] } : undefined;
  const record = records.get(namespace, service);
  if (kind === 'endpoints' && record !== undefined) return ofEndpoints(record, rest, question);
  return record === undefined ? undefined : inService(record, rest, question, `${service}.${namespace}.svc.${zone}`);
}

/** `SERVICE.NAMESPACE.endpoints`: the addresses behind any service (OpenShift 3's own name). */
function ofEndpoints(
  { endpoints }: ServiceRecord,
  rest: readonly string[],
  question: Question,
): Pick<Resolution, 'answers'> | undefined {
  if (rest.length > 0 || endpoints.length === 0) return undefined;
  return addresses(
    question,
    endpoints.map(({ address }) => address),
  );
}

/** `10-128-0-5.NAMESPACE.pod`: any address, as the specification has it, for certificates by wildcard. A namespace need not have services. */
function podAddress(labels: readonly string[], question: Question): Pick<Resolution, 'answers'> | undefined {
  const [namespace, dashed, ...more] = [...labels].reverse();
  if (namespace === undefined || dashed === undefined) return { answers: [] };
  const address = dashed.replaceAll('-', '.');
  return more.length > 0 || !isIPv4(address) ? undefined : addresses(question, [address]);
}

function inService(
  record: ServiceRecord,
  rest: readonly string[],
  question: Question,
  serviceName: string,
): Pick<Resolution, 'answers' | 'additionals'> | undefined {
  if (rest.length === 0) {
    if (record.externalName !== undefined) return { answers: [named('CNAME', question.name, record.externalName)] };
    if (question.type === 'SRV') return services(record, undefined, undefined, question, serviceName);
    return addresses(
      question,
      record.clusterIP === undefined ? record.endpoints.map(({ address }) => address) : [record.clusterIP],
    );
  }
  const [first, second] = rest;
  if (rest.length === 2 && first!.startsWith('_') && second!.startsWith('_')) {
    return services(record, second!.slice(1), first!.slice(1), question, serviceName);
  }
  if (rest.length > 1 || record.clusterIP !== undefined) return undefined;
  const matching = record.endpoints.filter((endpoint) => hostLabel(endpoint) === first);
  return matching.length === 0
    ? undefined
    : addresses(
        question,
        matching.map(({ address }) => address),
      );
}

/** SRV records: of all ports, or of the one named. A headless service names each endpoint, another one itself. */
function services(
  record: ServiceRecord,
  port: string | undefined,
  protocol: string | undefined,
  question: Question,
  serviceName: string,
): Pick<Resolution, 'answers' | 'additionals'> | undefined {
  const wanted = (entry: { readonly name: string; readonly protocol: string }): boolean =>
    port === undefined || (entry.name === port && entry.protocol.toLowerCase() === protocol);
  const targets =
    record.clusterIP === undefined
      ? record.endpoints.flatMap((endpoint) =>
          endpoint.ports
            .filter(wanted)
            .map((entry) => ({ host: `${hostLabel(endpoint)}.${serviceName}`, address: endpoint.address, ...entry })),
        )
      : record.ports.filter(wanted).map((entry) => ({ host: serviceName, address: record.clusterIP!, ...entry }));
  if (targets.length === 0) return port === undefined ? { answers: [] } : undefined;
  if (question.type !== 'SRV') return { answers: [] };
  const hosts = new Map(targets.map(({ host, address }) => [host, address]));
  return {
    answers: targets.map(({ host, port: number }) => ({
      type: 'SRV' as const,
      name: question.name,
      ttl: TTL,
      data: { target: host, port: number, priority: 0, weight: Math.floor(100 / targets.length) },
    })),
    additionals: [...hosts].map(([host, address]) => ({ type: 'A' as const, name: host, ttl: TTL, data: address })),
  };
}

/** An endpoint's own label below its headless service: its hostname, else its address in dashes (CoreDNS' form). */
const hostLabel = ({ hostname, address }: ServiceEndpoint): string => hostname ?? address.replaceAll('.', '-');

function addresses(question: Question, found: Address): Pick<Resolution, 'answers'> {
  if (question.type !== 'A') return { answers: [] };
  return { answers: shuffled([...new Set(found)]).map((data) => ({ type: 'A' as const, name: question.name, ttl: TTL, data })) };
}

/** Clients take the first address, so its order is what spreads them. */
function shuffled(list: readonly string[]): string[] {
  return list
    .map((value) => ({ value, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}

/** Reverse names of cluster IPs and of headless endpoints; undefined for addresses of others. */
function resolvePointer(
  name: string,
  asked: string,
  zone: string,
  networks: readonly Cidr[],
  records: ServiceRecords,
): Resolution | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\.in-addr\.arpa$/.exec(name);
  if (match === null) return undefined;
  const address = match.slice(1).reverse().join('.');
  const owners = records.namesOf(address);
  const single = parseCidr(`${address}/32`);
  if (owners.length === 0) {
    const isOurs = single !== undefined && networks.some((network) => cidrsOverlap(network, single));
    return isOurs ? nothing(NXDOMAIN, zone) : undefined;
  }
  const answers = owners.map(({ namespace, service, endpoint }) =>
    named('PTR', asked, `${endpoint === undefined ? '' : `${hostLabel(endpoint)}.`}${service}.${namespace}.svc.${zone}`),
  );
  return { rcode: NOERROR, answers, authoritative: true };
}

const named = (type: StringAnswer['type'], name: string, data: string): Answer => ({ type, name, ttl: TTL, data }) as Answer;

function nothing(rcode: number, zone: string): Resolution {
  const data = {
    mname: `ns.dns.${zone}`,
    rname: `hostmaster.${zone}`,
    serial: 1,
    refresh: 7200,
    retry: 1800,
    expire: 86400,
    minimum: TTL,
  };
  return { rcode, answers: [], authorities: [{ type: 'SOA', name: zone, ttl: TTL, data }], authoritative: true };
}
