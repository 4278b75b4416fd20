import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import { firstSlice, parseCidr } from '../../common/cidr.ts';
import { configErrors } from './errors.ts';
import { type MachineFacts, readMachineFacts } from './machine-facts.ts';
import { platformConfigSchema, type PlatformConfig, type PlatformConfigInput } from './platform-config.ts';

/** A node's part of the pod network: 510 addresses, as OpenShift 3's hostSubnetLength of 9 gave. */
const NODE_SLICE_BITS = 23;

/**
 * Reads, validates and completes the configuration. `file` undefined means defaults alone; `overrides` come from flags.
 * @throws OoError CONFIG_* with the path of each bad field and its value
 */
export async function loadConfig(
  file: string | undefined,
  overrides: PlatformConfigInput = {},
  facts?: MachineFacts,
): Promise<PlatformConfig> {
  const contents: { readonly etcd?: unknown } = file === undefined ? {} : await readYaml(file);
  const { etcd } = contents;
  // The one field whose parts have flags of their own.
  const merged = overrides.etcd !== undefined && typeof etcd === 'object' ? { etcd: { ...etcd, ...overrides.etcd } } : {};
  return resolveConfig(file ?? 'the command line', { ...contents, ...overrides, ...merged }, facts ?? (await readMachineFacts()));
}

async function readYaml(file: string): Promise<object> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw configErrors.CONFIG_UNREADABLE(file, { cause });
  });
  try {
    const value: unknown = parse(text, { maxAliasCount: 10 });
    if (value === null || value === undefined) return {};
    if (typeof value !== 'object' || Array.isArray(value))
      throw configErrors.CONFIG_INVALID(file, 'the document is not a mapping');
    return value;
  } catch (error) {
    if (error instanceof YAMLParseError) throw configErrors.CONFIG_NOT_YAML(file, error.message.split('\n')[0]!);
    throw error;
  }
}

/** Validates and fills in what depends on the machine. `source` names the input in errors. */
export function resolveConfig(source: string, input: unknown, facts: MachineFacts): PlatformConfig {
  const parsed = platformConfigSchema.safeParse(input);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => describeIssue(input, path, message));
    throw configErrors.CONFIG_INVALID(source, problems.join('; '));
  }
  const { nodeName, advertiseAddress, podCIDR, adminKubeconfig, kubeconfig, ...rest } = parsed.data;
  const address = advertiseAddress ?? facts.defaultAddress ?? (facts.addresses.length === 1 ? facts.addresses[0] : undefined);
  if (address === undefined) throw configErrors.ADDRESS_UNKNOWN(facts.addresses.join(', ') || 'no IPv4 address but loopback');
  const cluster = parseCidr(rest.clusterCIDR)!;
  return {
    ...rest,
    nodeName: nodeName ?? facts.hostname.toLowerCase(),
    advertiseAddress: address,
    podCIDR: podCIDR ?? firstSlice(cluster, NODE_SLICE_BITS),
    adminKubeconfig: adminKubeconfig ?? join(rest.dataDir, 'kubeconfig', 'admin.kubeconfig'),
    kubeconfig: kubeconfig ?? join(rest.dataDir, 'kubeconfig', 'node.kubeconfig'),
  };
}

/** `kubelet.port: expected number (is "high")` */
function describeIssue(input: unknown, path: readonly PropertyKey[], message: string): string {
  let value: unknown = input;
  for (const key of path)
    value = typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  // An address may hold a password where none is wanted.
  const text = JSON.stringify(value)?.replace(/\/\/[^/]*@/, '//...@');
  const shown = value === undefined || typeof value === 'object' ? '' : ` (is ${text})`;
  return `${path.length === 0 ? '' : `${path.map(String).join('.')}: `}${message}${shown}`;
}
