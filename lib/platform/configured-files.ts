import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ApiServerOptions } from './apiserver/api-server.ts';
import { readAuditPolicy } from './apiserver/audit/create-auditor.ts';
import { readTokenFile } from './apiserver/auth/static-tokens.ts';
import { configErrors } from './config/errors.ts';
import type { PlatformConfig } from './config/platform-config.ts';
import { parseSecretsKeys } from './pki/secrets-keys.ts';
import { readPrivateFile } from './pki/secure-files.ts';

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

/** Reads every file that the configuration names, and changes nothing: a daemon that would not start on one is told of before. Throws OoError. */
export async function judgeConfiguredFiles(config: PlatformConfig): Promise<void> {
  await readFrontProxy(config);
  if (config.tokenFile !== undefined) await readTokenFile(config.tokenFile);
  if (config.audit !== undefined) await readAuditPolicy(config.audit.policyFile);
  const keys = config.secretsKeyFile === undefined ? undefined : await readPrivateFile(config.secretsKeyFile);
  if (keys !== undefined) parseSecretsKeys(keys, config.secretsKeyFile!);
}
