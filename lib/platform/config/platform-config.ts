import { z } from 'zod';
import { cidrsOverlap, parseCidr } from '../../common/cidr.ts';
import { etcdSetting } from './etcd-setting.ts';
import { DEFAULTS } from './told-defaults.ts';
import {
  absolutePath,
  address,
  cidr,
  dnsName,
  interfaceName,
  listen,
  namespacedName,
  nodePortRange,
  port,
  proxyUrl,
  sysctlPattern,
  tlsSAN,
} from './setting-types.ts';

/**
 * Everything `openshift start` can be told, with the defaults that need no look at the machine. One file configures both
 * halves; `start node` on a machine of its own also needs `kubeconfig`. Documented in docs/configuration.md.
 */
export const platformConfigSchema = z
  .strictObject({
    /** Name of this node's Node object. @default the host name, lower-cased */
    nodeName: dnsName.optional(),
    /** Address at which pods and other machines reach this one. @default that of the default route */
    advertiseAddress: address.optional(),
    /** More names and addresses that others reach the API by: its certificate is for them too. */
    tlsSANs: z.array(tlsSAN).max(100).default([]),
    listen: listen.default(DEFAULTS.listen),
    dataDir: absolutePath.default(DEFAULTS.dataDir),
    clusterCIDR: cidr(8, 24).default('10.128.0.0/14'),
    serviceCIDR: cidr(8, 28).default('172.30.0.0/16'),
    /** This node's part of clusterCIDR. @default its first /23 */
    podCIDR: cidr(8, 28).optional(),
    nodePortRange: nodePortRange.default('30000-32767'),
    /** Where the administrator's kubeconfig goes (0600). @default kubeconfig/admin.kubeconfig in dataDir */
    adminKubeconfig: absolutePath.optional(),
    /** `start node`: how to reach the API. @default kubeconfig/node.kubeconfig in dataDir */
    kubeconfig: absolutePath.optional(),
    kubelet: z
      .strictObject({
        port: port.default(10250),
        maxPods: z.int().min(1).max(510).default(110),
        podPidsLimit: z.int().min(0).default(4096),
        /** What pods may set of the kernel besides what is safe. */
        allowedUnsafeSysctls: z.array(sysctlPattern).max(100).default([]),
      })
      .prefault({}),
    dns: z
      .strictObject({
        port: port.default(8053),
        domain: dnsName.default('cluster.local'),
        /** @default the host's own resolvers */
        upstreams: z.array(z.string()).max(8).optional(),
      })
      .prefault({}),
    docker: z.strictObject({ socket: absolutePath.default('/var/run/docker.sock') }).prefault({}),
    cni: z
      .strictObject({
        pluginDirs: z.array(absolutePath).min(1).default(['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni']),
        bridge: interfaceName.default('oobr0'),
      })
      .prefault({}),
    /** Whether pods of different projects are kept apart where no NetworkPolicy says anything (docs/network.md). */
    network: z.strictObject({ isolateProjects: z.boolean().default(true) }).prefault({}),
    images: z
      .strictObject({
        sandbox: z.string().min(1).default('openshift/origin-pod:latest'),
        /** The registry starts once a node has it. */
        registry: z.string().min(1).default('openshift/registry:latest'),
        /** The router starts once this machine's node has it. */
        router: z.string().min(1).default('openshift/router:latest'),
      })
      .prefault({}),
    /** The platform's own registry (docs/images-and-registry.md). */
    registry: z
      .strictObject({
        enabled: z.boolean().default(true),
        /** Of the volume that images are kept on. */
        storage: z
          .string()
          .regex(/^[1-9]\d{0,5}[GT]i$/, 'must be a size such as 50Gi')
          .default('50Gi'),
        /** Brought into it, as streams of the project `openshift`; others of these are named by their node's id. */
        builderImages: z.array(z.enum(['nodejs', 'static', 'python', 'php'])).default(['nodejs', 'static', 'python', 'php']),
      })
      .prefault({}),
    /** What holds for all builds (docs/builds.md). @default nothing */
    builds: z
      .strictObject({
        httpProxy: proxyUrl.optional(),
        httpsProxy: proxyUrl.optional(),
        /** Beside this machine and the cluster's own addresses and names. */
        noProxy: z
          .array(z.string().regex(/^[\w.*:/-]+$/, 'must be a host, a domain such as .example.com, or a network'))
          .default([]),
        /** Authorities that are trusted beside the public ones. */
        caFile: absolutePath.optional(),
      })
      .prefault({}),
    /** How requests from outside come to services (docs/routes.md). */
    router: z
      .strictObject({
        enabled: z.boolean().default(true),
        /** Hosts of routes that name none are NAME-NAMESPACE below it; the default certificate is for it. */
        domain: dnsName.default('apps.localhost'),
        /** Further names by which clients reach this machine's API: no project's route gets one. */
        reservedHosts: z.array(dnsName).max(100).default([]),
        /** Of this machine. */
        httpPort: port.default(80),
        httpsPort: port.default(443),
      })
      .prefault({}),
    /** Users by the hashes of their bearer tokens (docs/access.md). @default there are none */
    tokenFile: absolutePath.optional(),
    /** Proxies that may say whom they ask for. @default there are none */
    frontProxy: z
      .strictObject({
        caFile: absolutePath,
        /** @default every name that the authority has certified */
        allowedNames: z.array(z.string().min(1)).default([]),
      })
      .optional(),
    /** Who asked the API for what, written down. @default nothing is */
    audit: z
      .strictObject({
        policyFile: absolutePath,
        logFile: absolutePath.default('/var/log/openshift/audit.log'),
        maxSizeMB: z.int().min(1).max(10_000).default(100),
        maxBackups: z.int().min(0).max(1000).default(10),
      })
      .optional(),
    /** The etcd that the store is kept in (docs/etcd.md). @default the store is a file in dataDir */
    etcd: etcdSetting.optional(),
    /** Who may log in with a password (docs/users.md), and for how long. @default nobody */
    oauth: z
      .strictObject({
        /** Names and bcrypt hashes, as Apache's htpasswd -B writes them. */
        htpasswdFile: absolutePath.optional(),
        /** 0: tokens have no end. */
        tokenMaxAgeSeconds: z.int().min(0).max(315_360_000).default(86_400),
      })
      .prefault({}),
    /** How people get projects of their own (docs/projects.md). */
    projects: z
      .strictObject({
        requestMessage: z.string().min(1).max(1000).default('You may not request a new project via this API.'),
        /** @default a project with its requester as administrator */
        requestTemplate: namespacedName.optional(),
        /** How many projects a user may request. */
        maxProjects: z.int().min(0).default(20),
        /** For users with labels: the first entry counts whose selector fits those of the User. @default maxProjects is for all */
        limits: z
          .array(
            z.strictObject({
              selector: z.record(z.string(), z.string()),
              /** @default as many as they like */
              maxProjects: z.int().min(0).optional(),
            }),
          )
          .optional(),
        maxProjectsForServiceAccounts: z.int().min(0).optional(),
        maxProjectsForSystemUsers: z.int().min(0).optional(),
        /** What a requested project may hold. */
        maxObjects: z.int().min(1).max(1_000_000).default(20_000),
        maxObjectsMB: z.int().min(1).max(4096).default(128),
      })
      .prefault({}),
    /** Keys that secrets are encrypted under in the store; made when absent. @default they are stored as they are */
    secretsKeyFile: absolutePath.optional(),
    logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default(DEFAULTS.logLevel),
  })
  .check(({ value, issues }) => {
    const services = parseCidr(value.serviceCIDR);
    const cluster = parseCidr(value.clusterCIDR);
    const pods = value.podCIDR === undefined ? undefined : parseCidr(value.podCIDR);
    if (services === undefined || cluster === undefined) return;
    if (cidrsOverlap(services, cluster)) {
      issues.push({
        code: 'custom',
        input: value.serviceCIDR,
        path: ['serviceCIDR'],
        message: `overlaps clusterCIDR ${value.clusterCIDR}`,
      });
    }
    if (pods !== undefined && (!cidrsOverlap(pods, cluster) || pods.bits < cluster.bits)) {
      issues.push({
        code: 'custom',
        input: value.podCIDR,
        path: ['podCIDR'],
        message: `is not inside clusterCIDR ${value.clusterCIDR}`,
      });
    }
  });

/** The file's contents: every field optional. */
export type PlatformConfigInput = z.input<typeof platformConfigSchema>;
type Parsed = z.output<typeof platformConfigSchema>;

/** The configuration with every default filled in, those that depend on the machine too. */
export type PlatformConfig = Readonly<
  Omit<Parsed, 'nodeName' | 'advertiseAddress' | 'podCIDR' | 'adminKubeconfig' | 'kubeconfig'> & {
    nodeName: string;
    advertiseAddress: string;
    podCIDR: string;
    adminKubeconfig: string;
    kubeconfig: string;
  }
>;
