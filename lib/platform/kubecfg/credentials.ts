import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { shapeProblems } from '../../common/shape-problems.ts';
import { errorText } from '../../common/errors.ts';
import type { HttpClientOptions } from '../client/http-transport.ts';
import { readKubeconfig } from '../pki/kubeconfig.ts';
import type { Flags } from './flags.ts';
import { kubecfgErrors } from './kubecfg-errors.ts';

const authSchema = z.object({
  BearerToken: z.string().optional(),
  CAFile: z.string().optional(),
  CertFile: z.string().optional(),
  KeyFile: z.string().optional(),
});

/** Where the API is, who we are there, and in which namespace. */
export interface Connection {
  readonly http: HttpClientOptions;
  readonly namespace: string;
}

/**
 * As kubecfg found them: the host by -h, $KUBERNETES_MASTER or the kubeconfig, credentials by flags or the -auth file. What a
 * kubeconfig holds is shown to its own server alone: another host needs credentials of its own.
 */
export async function connectionFrom(flags: Flags, environment: NodeJS.ProcessEnv): Promise<Connection> {
  const named = flags.h ?? (environment['KUBERNETES_MASTER'] || undefined);
  const path = flags.kubeconfig ?? environment['KUBECONFIG']?.split(':').find(Boolean) ?? join(homedir(), '.kube', 'config');
  const config = flags.kubeconfig !== undefined || existsSync(path) ? await readKubeconfig(path) : undefined;
  const server = serverOf(named ?? config?.server ?? 'http://localhost:8080');
  const own = config !== undefined && serverOf(config.server) === server ? config : undefined;
  const auth = await readAuth(flags, own === undefined);
  const given = auth.certPem !== undefined || auth.token !== undefined;
  const { caPem, certPem, keyPem, token } =
    given && own !== undefined ? { ...emptyIdentity, caPem: own.caPem } : (own ?? emptyIdentity);
  const http = { server, userAgent: 'kubecfg', ...defined({ caPem, certPem, keyPem, token }), ...auth };
  return { http, namespace: flags.namespace ?? config?.namespace ?? 'default' };
}

const emptyIdentity = { caPem: undefined, certPem: undefined, keyPem: undefined, token: undefined };

type Credentials = Pick<HttpClientOptions, 'caPem' | 'certPem' | 'keyPem'> & { token?: string };

async function readAuth(flags: Flags, wanted: boolean): Promise<Credentials> {
  const home = join(homedir(), '.kubernetes_auth');
  const path = flags.auth ?? (wanted && existsSync(home) ? home : undefined);
  try {
    const file = path === undefined ? {} : authSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    const beside = (name: string | undefined): string | undefined => name && resolve(dirname(path ?? '.'), name);
    const read = async (name: string | undefined): Promise<string | undefined> => name && (await readFile(name, 'utf8'));
    return defined({
      token: file.BearerToken,
      caPem: await read(flags.certificate_authority ?? beside(file.CAFile)),
      certPem: await read(flags.client_certificate ?? beside(file.CertFile)),
      keyPem: await read(flags.client_key ?? beside(file.KeyFile)),
    });
  } catch (error) {
    // Of what JSON.parse says, its text would show a token.
    const why =
      error instanceof SyntaxError ? 'it is not JSON' : error instanceof z.ZodError ? shapeProblems(error) : errorText(error);
    throw kubecfgErrors.KUBECFG_AUTH_UNREADABLE(path ?? 'the certificates', why);
  }
}

/** `HOST:PORT` was http. */
function serverOf(host: string): string {
  const url = /^https?:\/\//.test(host) ? host : `http://${host}`;
  if (!URL.canParse(url)) throw kubecfgErrors.KUBECFG_USAGE(`${JSON.stringify(host)} is no host`);
  return url.replace(/\/+$/, '');
}

function defined<T extends Record<string, string | undefined>>(values: T): { [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== '')) as {
    [K in keyof T]?: string;
  };
}
