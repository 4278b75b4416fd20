import { writeSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { errorText } from '../../common/errors.ts';
import { type ApiAddress, chooseApiAddress, type Reach } from '../kubeconfig/api-address.ts';
import { contextNameOf, type KubeconfigEntry } from '../kubeconfig/kubeconfig-entry.ts';
import { kubeconfigErrors } from '../kubeconfig/kubeconfig-errors.ts';
import { changeKubeconfig, defaultKubeconfig } from '../../common/kubeconfig/kubeconfig-file.ts';
import { mergeKubeconfig, removeFromKubeconfig } from '../kubeconfig/merge-kubeconfig.ts';
import { platformPaths } from '../phases/context.ts';
import type { EventBody } from '../progress-event.ts';
import type { SessionOptions } from '../session.ts';
import type { Host } from '../transport/host.ts';
import { onInstalledHost } from './installed-host.ts';

type Result = Extract<EventBody, { event: 'result' }>;

export interface KubeconfigFlags {
  /** A file, or `-` for standard output. @default the first of $KUBECONFIG, else ~/.kube/config */
  readonly output?: string;
  /** Makes it the current context even where there is another. */
  readonly setContext?: boolean;
  /** What kubectl calls the server. @default `oo-` and its name */
  readonly context?: string;
  /** URL at which kubectl reaches the API from here. @default the first that answers */
  readonly server?: string;
}

/** `https://192.0.2.10:8443`: no path, no user. It comes from a server, and kubectl will believe it. */
const apiUrl = z.string().refine((text) => URL.canParse(text) && /^https:\/\/[^/@?#\\\s]+\/?$/.test(text), 'is no URL of an API');

const remoteFile = z.object({
  clusters: z.array(z.object({ cluster: z.object({ server: apiUrl, 'certificate-authority-data': z.base64() }) })).min(1),
  users: z.array(z.object({ user: z.object({ 'client-certificate-data': z.base64(), 'client-key-data': z.base64() }) })).min(1),
});

/** Fetches the administrator's kubeconfig, makes it fit for use from here, and merges it into the file that kubectl reads. */
export async function kubeconfig(options: SessionOptions, flags: KubeconfigFlags): Promise<void> {
  const begin = performance.now();
  await onInstalledHost(options, async ({ host }) => {
    const { entry, address } = await entryFrom(host, options.transport.reach, flags);
    if (flags.output === '-') {
      // Past what redacts: this is the one place whose purpose is to hand the key out.
      writeSync(1, mergeKubeconfig('', entry, { path: '-' }));
      if (!address.answers) host.warn(howToReach(host.name, entry, options.transport.reach));
      return;
    }
    options.reporter.report({ event: 'started', host: host.name, command: 'kubeconfig', dryRun: false });
    const { changed, path } = await mergeHere(entry, flags);
    if (entry.tlsServerName !== undefined) host.note(otherName(entry));
    if (!address.answers) host.warn(howToReach(host.name, entry, options.transport.reach));
    const seconds = Math.round((performance.now() - begin) / 100) / 10;
    const outcome: Result['outcome'] = changed ? 'merged' : 'unchanged';
    const about = { host: host.name, command: 'kubeconfig', outcome, seconds, changes: changed ? 1 : 0 };
    options.reporter.report({ event: 'result', ...about, kubeconfig: path, context: entry.name });
  });
}

/**
 * What an installation on another server ends with: kubectl on this machine knows the server. Never throws: the platform runs, and what went
 * wrong here is told as a warning.
 */
export async function mergeAfterInstall(
  host: Host,
  reach: Reach,
): Promise<{ readonly context: string; readonly kubeconfig: string; readonly api: string } | undefined> {
  try {
    const { entry, address } = await entryFrom(host, reach, {});
    const { path } = await mergeHere(entry, {});
    if (entry.tlsServerName !== undefined) host.note(otherName(entry));
    if (!address.answers) host.warn(howToReach(host.name, entry, reach));
    return { context: entry.name, kubeconfig: path, api: entry.server };
  } catch (error) {
    host.warn(
      `kubectl on this machine does not know ${host.name} yet: ${errorText(error)}; oo-install kubeconfig ${host.name} tries again`,
    );
    return undefined;
  }
}

/** A kubeconfig of its own for a server, with the address under which others reach it. */
export async function kubeconfigText(
  options: SessionOptions,
  flags: Required<Pick<KubeconfigFlags, 'server' | 'context'>>,
): Promise<string> {
  return onInstalledHost(options, async ({ host }) => {
    const { entry } = await entryFrom(host, options.transport.reach, flags);
    return mergeKubeconfig('', entry, { path: '-' });
  });
}

async function mergeHere(entry: KubeconfigEntry, flags: KubeconfigFlags): Promise<{ changed: boolean; path: string }> {
  const path = flags.output ?? defaultKubeconfig();
  const setContext = flags.setContext ?? false;
  return { changed: await changeKubeconfig(path, (text) => mergeKubeconfig(text, entry, { path, setContext })), path };
}

/** Takes a server's entries out of the file that kubectl reads, after its platform is gone. Answers the contexts that went, and the file. */
export async function forgetKubeconfig(
  hostName: string,
  path: string = defaultKubeconfig(),
): Promise<{ removed: readonly string[]; path: string }> {
  let removed: string[] = [];
  await changeKubeconfig(path, (text) => {
    const without = removeFromKubeconfig(text, hostName, path);
    removed = without.removed;
    return without.text;
  });
  return { removed, path };
}

async function entryFrom(
  host: Host,
  reach: Reach | undefined,
  flags: KubeconfigFlags,
): Promise<{ entry: KubeconfigEntry; address: ApiAddress }> {
  const { kubeconfig: path, dataDir } = platformPaths;
  const { content } = await host.agent.call('file.read', { path, maxBytes: 1_000_000 });
  if (content === undefined) throw kubeconfigErrors.KUBECONFIG_ABSENT(host.name, path);
  const file = readRemote(content, () => kubeconfigErrors.KUBECONFIG_STRANGE(host.name, path));
  const { server, 'certificate-authority-data': authority } = file.clusters[0]!.cluster;
  const { 'client-certificate-data': certificate, 'client-key-data': key } = file.users[0]!.user;
  const { certificates } = await host.agent.call('platform.certificates', { kubeconfig: path, dataDir });
  const names = certificates.find(({ name }) => name === 'apiserver')?.names ?? [new URL(server).hostname];
  const facts = { server, authority: Buffer.from(authority, 'base64'), names };
  const address = await chooseApiAddress(facts, reach, flags.server);
  const name = flags.context ?? contextNameOf(host.name);
  const { tlsServerName } = address;
  return { entry: { name, host: host.name, server: address.server, tlsServerName, authority, certificate, key }, address };
}

/** @throws what `strange` makes, for what no platform of ours writes */
function readRemote(content: string, strange: () => Error): z.infer<typeof remoteFile> {
  try {
    return remoteFile.parse(parse(content, { maxAliasCount: 0 }));
  } catch {
    throw strange();
  }
}

/** What works all the same at an address that the certificate is not for, and what does not. */
const otherName = ({ server, tlsServerName }: KubeconfigEntry): string =>
  `the API's certificate is not for ${new URL(server).hostname}: kubectl and openshift ask for ${tlsServerName} there; browsers and others' logins need tlsSANs (docs/kubeconfig.md)`;

/** The ways out where nothing answered. */
function howToReach(host: string, { server }: KubeconfigEntry, reach: Reach | undefined): string {
  const port = new URL(server).port || '443';
  const tunnel = `ssh -N -L ${port}:127.0.0.1:${port} ${host}, then oo-install kubeconfig ${host} --server https://127.0.0.1:${port}`;
  if (reach?.jumped === true) return `${server} does not answer from here, as ${host} is behind a jump host: ${tunnel}`;
  return `${server} does not answer from here (a firewall, perhaps): open port ${port}, name another address with --server, or ${tunnel}`;
}
