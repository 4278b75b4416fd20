import { createPrivateKey } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { errorText } from '../../common/errors.ts';
import { shapeProblems } from '../../common/shape-problems.ts';
import type { Authority } from './authority.ts';
import { type CertificateRequest, parseCertificate } from './certificate-builder.ts';
import { whyRenew } from './certificate-judge.ts';
import { pkiErrors } from './pki-errors.ts';
import { readPrivateFile, replaceFile } from './secure-files.ts';

/** What a kubeconfig tells a client, PEM texts inlined. */
export interface Kubeconfig {
  /** `https://host:port`. */
  readonly server: string;
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
  /** Names of the entries; the context is `user@cluster`. */
  readonly user: string;
  readonly cluster: string;
}

/** A kubeconfig as read: a client certificate, a token, or both. */
export type ReadKubeconfig = Pick<Kubeconfig, 'server' | 'caPem' | 'user' | 'cluster'> &
  Partial<Pick<Kubeconfig, 'certPem' | 'keyPem'>> & {
    readonly token?: string;
    /** Of the context. */
    readonly namespace?: string;
    /** The context's name. */
    readonly context: string;
    /** What the server's certificate is for, where that is not the server's address. */
    readonly tlsServerName?: string;
  };

/** Writes a kubeconfig in one step, mode 0600. */
export async function writeKubeconfig(path: string, config: Kubeconfig): Promise<void> {
  const { server, caPem, certPem, keyPem, user, cluster } = config;
  const context = `${user}@${cluster}`;
  const text = stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: cluster, cluster: { server, 'certificate-authority-data': base64(caPem) } }],
    users: [{ name: user, user: { 'client-certificate-data': base64(certPem), 'client-key-data': base64(keyPem) } }],
    contexts: [{ name: context, context: { cluster, user } }],
    'current-context': context,
  });
  // An existing folder is someone's own (such as ~/.kube): its mode stays.
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await replaceFile(path, text);
}

/**
 * One context of a kubeconfig, or the current one. Certificates may be inlined or named by path, relative to the file. Throws
 * KUBECONFIG_INVALID with the reason; one that switches verification off is refused.
 */
export async function readKubeconfig(path: string, context?: string): Promise<ReadKubeconfig> {
  try {
    return await resolveContext(await readFile(path, 'utf8'), dirname(path), context);
  } catch (error) {
    // Of what is no YAML, the first line says it; the others show a file that may hold a token.
    const why = error instanceof z.ZodError ? shapeProblems(error) : errorText(error).split('\n')[0]!.replace(/:$/, '');
    throw pkiErrors.KUBECONFIG_INVALID(path, why);
  }
}

/**
 * A kubeconfig at `path` whose client certificate `authority` issued; written again when the server or authority
 * changed or less than 30 days are left, else left alone.
 */
export async function ensureKubeconfig(
  path: string,
  authority: Authority,
  options: Pick<Kubeconfig, 'server' | 'user' | 'cluster'> & Pick<CertificateRequest, 'commonName' | 'organizations'>,
  now: number = Date.now(),
): Promise<ReadKubeconfig> {
  const request: CertificateRequest = {
    commonName: options.commonName,
    organizations: options.organizations ?? [],
    usages: ['client'],
  };
  if ((await readPrivateFile(path)) !== undefined) {
    const found = await readKubeconfig(path);
    if (found.server === options.server && found.caPem === authority.caPem && stillGood(found, authority, request, now))
      return found;
  }
  const { server, user, cluster } = options;
  const pair = await authority.issue(request);
  await writeKubeconfig(path, { server, user, cluster, caPem: authority.caPem, ...pair });
  return await readKubeconfig(path);
}

function stillGood(found: ReadKubeconfig, authority: Authority, request: CertificateRequest, now: number): boolean {
  if (found.certPem === undefined || found.keyPem === undefined) return false;
  const certificate = parseCertificate(found.certPem);
  if (certificate === undefined) return false;
  const key = createPrivateKey(found.keyPem);
  return whyRenew(certificate, { request, key, authority: authority.certificate, now }) === undefined;
}

const clusterSchema = z.object({
  server: z.string().regex(/^https:\/\//, 'the server is not an https:// URL'),
  'certificate-authority-data': z.base64().optional(),
  'certificate-authority': z.string().optional(),
  'tls-server-name': z.hostname().or(z.literal('')).optional(),
  'insecure-skip-tls-verify': z.literal(false, 'insecure-skip-tls-verify is not supported').optional(),
});
const userSchema = z.object({
  'client-certificate-data': z.base64().optional(),
  'client-certificate': z.string().optional(),
  'client-key-data': z.base64().optional(),
  'client-key': z.string().optional(),
  token: z.string().optional(),
});
const kubeconfigSchema = z.object({
  clusters: z.array(z.object({ name: z.string(), cluster: clusterSchema })),
  users: z.array(z.object({ name: z.string(), user: userSchema })),
  contexts: z.array(
    z.object({
      name: z.string(),
      context: z.object({ cluster: z.string(), user: z.string(), namespace: z.string().optional() }),
    }),
  ),
  'current-context': z.string().default(''),
});

async function resolveContext(text: string, dir: string, wanted: string | undefined): Promise<ReadKubeconfig> {
  const config = kubeconfigSchema.parse(parse(text));
  const current = wanted ?? config['current-context'];
  if (current === '') throw new Error('it has no current context');
  const { name, context } = named(config.contexts, current, 'context');
  const { cluster } = named(config.clusters, context.cluster, 'cluster');
  const { user } = named(config.users, context.user, 'user');
  const { 'tls-server-name': tlsServerName = '' } = cluster;
  const caPem = await pem(cluster['certificate-authority-data'], cluster['certificate-authority'], dir);
  const certPem = await pem(user['client-certificate-data'], user['client-certificate'], dir);
  const keyPem = await pem(user['client-key-data'], user['client-key'], dir);
  if (caPem === undefined) throw new Error('it holds no certificate-authority');
  if (parseCertificate(caPem) === undefined) throw new Error('its certificate-authority is not a certificate');
  if (certPem !== undefined && parseCertificate(certPem) === undefined)
    throw new Error('its client-certificate is not a certificate');
  if (keyPem !== undefined) createPrivateKey(keyPem);
  if ((certPem === undefined || keyPem === undefined) && user.token === undefined)
    throw new Error('it holds neither a client certificate with its key nor a token');
  return {
    server: cluster.server,
    caPem,
    user: context.user,
    cluster: context.cluster,
    context: name,
    ...(tlsServerName === '' ? {} : { tlsServerName }),
    ...(certPem === undefined || keyPem === undefined ? {} : { certPem, keyPem }),
    ...(user.token === undefined ? {} : { token: user.token }),
    ...(context.namespace === undefined || context.namespace === '' ? {} : { namespace: context.namespace }),
  };
}

function named<T extends { readonly name: string }>(entries: readonly T[], name: string, what: string): T {
  const found = entries.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`it has no ${what} named ${JSON.stringify(name)}`);
  return found;
}

async function pem(data: string | undefined, path: string | undefined, dir: string): Promise<string | undefined> {
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  return path === undefined ? undefined : await readFile(resolve(dir, path), 'utf8');
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
