import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { parse } from 'yaml';
import { z } from 'zod';

/** How the administrator reaches the API, out of a kubeconfig. */
export interface ApiAccess {
  readonly server: string;
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

const base64 = z.string().transform((text) => Buffer.from(text, 'base64'));
const kubeconfigFile = z.object({
  clusters: z.array(z.object({ cluster: z.object({ server: z.string(), 'certificate-authority-data': base64 }) })).min(1),
  users: z.array(z.object({ user: z.object({ 'client-certificate-data': base64, 'client-key-data': base64 }) })).min(1),
});

/** Of the first cluster and user. Rejects when the file is not there or is no kubeconfig of ours. */
export async function readAccess(path: string): Promise<ApiAccess> {
  const file = kubeconfigFile.parse(parse(await readFile(path, 'utf8')));
  const { cluster } = file.clusters[0]!;
  const { user } = file.users[0]!;
  return {
    server: cluster.server,
    ca: cluster['certificate-authority-data'],
    cert: user['client-certificate-data'],
    key: user['client-key-data'],
  };
}

/** ms of silence. A platform that has just been started answers when a slow machine gets to it. */
const patience = 30_000;

/** One call of the API; resolves with any status, rejects when nothing is heard for half a minute. */
export function callApi(
  access: ApiAccess,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const { ca, cert, key } = access;
    const text = body === undefined ? '' : JSON.stringify(body);
    // The length too: Node says nothing of a body behind a DELETE.
    const headers = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const call = request(
      new URL(path, access.server),
      { method, headers, ca, cert, key, timeout: patience, agent: false },
      (response) => {
        let answer = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: answer }));
        response.on('error', reject);
      },
    );
    call.on('timeout', () => call.destroy(new Error(`${access.server} does not answer in ${patience / 1000} s`)));
    call.on('error', reject).end(text);
  });
}
