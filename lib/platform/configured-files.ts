import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import type { ApiServerOptions } from './apiserver/api-server-options.ts';
import { readAuditPolicy } from './apiserver/audit/create-auditor.ts';
import { readTokenFile } from './apiserver/auth/static-tokens.ts';
import type { BuildDefaults } from './builds/contract.ts';
import { configErrors } from './config/errors.ts';
import type { PlatformConfig } from './config/platform-config.ts';
import { readHtpasswd } from './oauth/passwords/htpasswd-file.ts';
import { parseSecretsKeys } from './pki/secrets-keys.ts';
import { readPrivateFile } from './pki/secure-files.ts';
import type { EtcdTls } from './storage/etcd/etcd-member.ts';

/** The authority and the names of proxies, as the configuration names them. Throws OoError for a file that holds no certificate. */
export async function readFrontProxy({ frontProxy }: PlatformConfig): Promise<ApiServerOptions['frontProxy']> {
  if (frontProxy === undefined) return undefined;
  const { caFile, allowedNames } = frontProxy;
  const caPem = await readFile(caFile, 'utf8').catch((cause: unknown) => {
    throw configErrors.CONFIG_NAMES_UNREADABLE('frontProxy.caFile', caFile, { cause });
  });
  try {
    void new X509Certificate(caPem);
  } catch (cause) {
    throw configErrors.FRONT_PROXY_CA_INVALID(caFile, { cause });
  }
  return { caPem, allowedNames };
}

/** The certificates that the configuration names for etcd. Throws OoError for a file that is not there or holds something else. */
export async function readEtcdTls({ etcd }: PlatformConfig): Promise<EtcdTls> {
  const read = async (field: string, path: string | undefined): Promise<string | undefined> => {
    if (path === undefined) return undefined;
    return await readFile(path, 'utf8').catch((cause: unknown) => {
      throw configErrors.CONFIG_NAMES_UNREADABLE(field, path, { cause });
    });
  };
  const caPem = await read('etcd.caFile', etcd?.caFile);
  const certPem = await read('etcd.certFile', etcd?.certFile);
  const keyPem = await read('etcd.keyFile', etcd?.keyFile);
  if (caPem !== undefined) judgePem('etcd.caFile', etcd!.caFile!, 'certificate', () => new X509Certificate(caPem));
  if (certPem === undefined || keyPem === undefined) return caPem === undefined ? {} : { caPem };
  const certificate = judgePem('etcd.certFile', etcd!.certFile!, 'certificate', () => new X509Certificate(certPem));
  judgePem('etcd.keyFile', etcd!.keyFile!, 'private key of the certificate', () => {
    if (!certificate.checkPrivateKey(createPrivateKey(keyPem))) throw new Error('it belongs to another certificate');
  });
  return { ...(caPem !== undefined && { caPem }), certPem, keyPem };
}

function judgePem<T>(field: string, path: string, what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw configErrors.ETCD_FILE_INVALID(field, path, what, { cause });
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** What the configuration says of all builds: proxies, what is reached without them, and authorities beside the public ones. Throws OoError. */
export async function readBuildDefaults(config: PlatformConfig): Promise<BuildDefaults> {
  const { httpProxy, httpsProxy, noProxy: more, caFile } = config.builds;
  const { serviceCIDR, clusterCIDR, advertiseAddress, dns } = config;
  const own = ['localhost', '127.0.0.1', advertiseAddress, serviceCIDR, clusterCIDR, '.svc', `.${dns.domain}`];
  return {
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    ...(httpProxy === undefined && httpsProxy === undefined ? {} : { noProxy: [...own, ...more].join() }),
    ...(caFile === undefined ? {} : { trustedCa: await readAuthorities(caFile) }),
  };
}

async function readAuthorities(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw configErrors.CONFIG_NAMES_UNREADABLE('builds.caFile', path, { cause });
  });
  const given = text.match(CERTIFICATE) ?? [];
  try {
    if (given.length === 0) throw new Error('it has no certificate');
    for (const pem of given) void new X509Certificate(pem);
  } catch (cause) {
    throw configErrors.BUILDS_CA_INVALID(path, { cause });
  }
  return [...new Set([...rootCertificates, ...given].map((pem) => `${pem.replaceAll('\r', '').trim()}\n`))].join('');
}

/** Reads every file that the configuration names, and changes nothing: a daemon that would not start on one is told of before. Throws OoError. */
export async function judgeConfiguredFiles(config: PlatformConfig): Promise<void> {
  await readFrontProxy(config);
  await readBuildDefaults(config);
  await readEtcdTls(config);
  if (config.tokenFile !== undefined) await readTokenFile(config.tokenFile);
  if (config.oauth.htpasswdFile !== undefined) await readHtpasswd(config.oauth.htpasswdFile);
  if (config.audit !== undefined) await readAuditPolicy(config.audit.policyFile);
  const keys = config.secretsKeyFile === undefined ? undefined : await readPrivateFile(config.secretsKeyFile);
  if (keys !== undefined) parseSecretsKeys(keys, config.secretsKeyFile!);
}
