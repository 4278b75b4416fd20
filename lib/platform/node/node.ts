import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import { createLog, type Log } from '../../common/log.ts';
import { systemClock } from '../../common/clock.ts';
import { httpClient } from '../client/http-client.ts';
import { createInformer } from '../client/informer.ts';
import { addressAt, parseCidr } from '../../common/cidr.ts';
import { DNS_SERVICE_OFFSET } from '../config/service-offsets.ts';
import { dataPaths } from '../config/data-paths.ts';
import type { PlatformConfig } from '../config/platform-config.ts';
import { readKubeconfig } from '../pki/kubeconfig.ts';
import { dockerImageRuntime } from '../runtime/docker-image-runtime.ts';
import { dockerRuntime } from '../runtime/docker.ts';
import { createDnsServer } from './dns/dns-server.ts';
import { runDockerTrust } from './docker-trust.ts';
import { createKubelet } from './kubelet/kubelet.ts';
import { machineUsage } from './kubelet/stats/machine-usage.ts';
import { usageSampler } from './kubelet/stats/usage-sampler.ts';
import { createNodeServer } from './kubelet/server/node-server.ts';
import { createPodNetwork } from './network/cni.ts';
import { createProxy } from './proxy/proxy.ts';

/** What the node needs to know; structured-cloneable, since it runs in a thread of its own. */
export type NodeSettings = PlatformConfig;

const SERVICES = { group: '', version: 'v1', resource: 'services' };
const ENDPOINTS = { group: '', version: 'v1', resource: 'endpoints' };
const PODS = { group: '', version: 'v1', resource: 'pods' };
const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces' };
const NETWORK_POLICIES = { group: 'networking.k8s.io', version: 'v1', resource: 'networkpolicies' };

/** The node's thread: runs until the daemon says stop. A part that fails ends the thread, and the daemon starts it again. */
export async function runNodeThread(settings: NodeSettings, port: MessagePort): Promise<void> {
  const stopping = new AbortController();
  port.on('message', () => stopping.abort());
  const log = createLog({ name: 'openshift', level: settings.logLevel }).child({ thread: 'node' });
  try {
    await runNode(settings, log, stopping.signal);
  } finally {
    stopping.abort();
    port.close();
  }
}

/** Kubelet, its server, proxy and DNS, on one client. Resolves after the signal; rejects when one of them fails. */
export async function runNode(settings: NodeSettings, log: Log, signal: AbortSignal): Promise<void> {
  const kubeconfig = await readKubeconfig(settings.kubeconfig);
  // The name under which its fields are owned, as on any node.
  const client = httpClient({ ...kubeconfig, userAgent: 'kubelet' });
  const runtime = dockerRuntime({ socketPath: settings.docker.socket });
  const serviceNetwork = parseCidr(settings.serviceCIDR)!;
  const paths = dataPaths(settings.dataDir);
  const clock = systemClock;

  const services = createInformer(client, SERVICES, { log, clock });
  const endpoints = createInformer(client, ENDPOINTS, { log, clock });
  const policies = {
    pods: createInformer(client, PODS, { fieldSelector: `spec.nodeName=${settings.nodeName}`, log, clock }),
    namespaces: createInformer(client, NAMESPACES, { log, clock }),
    policies: createInformer(client, NETWORK_POLICIES, { log, clock }),
  };
  const network = createPodNetwork({
    ...settings.cni,
    podCIDR: settings.podCIDR,
    dataDir: join(paths.node, 'network'),
    log: log.child({ component: 'network' }),
  });
  const kubelet = createKubelet({
    client,
    runtime,
    images: dockerImageRuntime({ socketPath: settings.docker.socket }),
    node: {
      name: settings.nodeName,
      addresses: [settings.advertiseAddress],
      podCIDR: settings.podCIDR,
      port: settings.kubelet.port,
      maxPods: settings.kubelet.maxPods,
      podPidsLimit: settings.kubelet.podPidsLimit,
      allowedUnsafeSysctls: settings.kubelet.allowedUnsafeSysctls,
    },
    dataDir: paths.node,
    volumesDir: paths.volumes,
    cni: settings.cni,
    network,
    sandboxImage: settings.images.sandbox,
    clusterDNS: addressAt(serviceNetwork, DNS_SERVICE_OFFSET),
    clusterDomain: settings.dns.domain,
    services,
    log: log.child({ component: 'kubelet' }),
    clock,
  });
  const tls = await servingCertificate(settings);
  const server = createNodeServer({
    nodeName: settings.nodeName,
    usage: usageSampler({ pods: kubelet.pods, runtime, clock, machine: machineUsage }),
    pods: kubelet.pods,
    runtime,
    tls,
    port: settings.kubelet.port,
    log: log.child({ component: 'node-server' }),
  });
  const proxy = createProxy({
    services,
    endpoints,
    policies: { ...policies, isolateProjects: settings.network.isolateProjects },
    nodeAddresses: [settings.advertiseAddress],
    podCIDR: settings.podCIDR,
    clusterCIDR: settings.clusterCIDR,
    serviceCIDR: settings.serviceCIDR,
    nodePortRange: settings.nodePortRange,
    bridge: settings.cni.bridge,
    tableName: settings.cni.bridge,
    recordPath: paths.kernelSettings,
    onRemoved: () => void network.reguard(),
    log: log.child({ component: 'proxy' }),
    clock,
  });
  const dns = createDnsServer({
    services,
    endpoints,
    domain: settings.dns.domain,
    listen: { address: settings.advertiseAddress, port: settings.dns.port },
    networks: [settings.serviceCIDR, settings.clusterCIDR],
    ownAddresses: [addressAt(serviceNetwork, DNS_SERVICE_OFFSET)],
    ...(settings.dns.upstreams === undefined ? {} : { upstreams: settings.dns.upstreams }),
    log: log.child({ component: 'dns' }),
  });
  await Promise.all([
    services.run(signal),
    endpoints.run(signal),
    ...Object.values(policies).map((informer) => informer.run(signal)),
    kubelet.run(signal),
    server.run(signal),
    proxy.run(signal),
    dns.run(signal),
    ...(settings.registry.enabled
      ? [
          runDockerTrust(
            { services, caPem: tls.caPem, recordPath: paths.dockerTrust, log: log.child({ component: 'docker-trust' }) },
            signal,
          ),
        ]
      : []),
  ]);
}

async function servingCertificate(settings: NodeSettings): Promise<{ caPem: string; certPem: string; keyPem: string }> {
  const { pki } = dataPaths(settings.dataDir);
  const [caPem, certPem, keyPem] = await Promise.all(
    ['ca.crt', 'kubelet.crt', 'kubelet.key'].map((name) => readFile(join(pki, name), 'utf8')),
  );
  return { caPem: caPem!, certPem: certPem!, keyPem: keyPem! };
}
