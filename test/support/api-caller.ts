import { request } from 'node:https';
import { readKubeconfig } from '../../lib/platform/pki/kubeconfig.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
  /** The body as JSON; empty when it is none. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
  readonly object: Record<string, any>;
}

export interface ApiCall {
  readonly body?: string;
  /** @default application/json */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Without the administrator's certificate. */
  readonly anonymous?: boolean;
  /** ms without a byte; the call fails then. @default it waits */
  readonly timeout?: number;
}

/** Sends bytes to the API as they are: for what kubectl itself would refuse to send. */
export async function apiCaller(
  kubeconfigPath: string,
): Promise<(method: string, path: string, options?: ApiCall) => Promise<ApiAnswer>> {
  const { server, caPem, certPem, keyPem } = await readKubeconfig(kubeconfigPath);
  return (method, path, options = {}) =>
    new Promise((resolve, reject) => {
      const identity = options.anonymous === true ? {} : { cert: certPem, key: keyPem };
      // The length too: Node sends no framing of its own with a DELETE.
      const body = Buffer.from(options.body ?? '');
      const type =
        options.body === undefined ? {} : { 'content-type': options.type ?? 'application/json', 'content-length': body.length };
      const outgoing = request(
        `${server}${path}`,
        { method, agent: false, ca: caPem, ...identity, timeout: options.timeout, headers: { ...type, ...options.headers } },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          response.once('error', reject);
          response.once('end', () => resolve({ status: response.statusCode!, text, object: parse(text) }));
        },
      );
      outgoing.once('error', reject);
      outgoing.once('timeout', () => outgoing.destroy(new Error(`${method} ${path}: no answer in ${options.timeout} ms`)));
      outgoing.end(body);
    });
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
