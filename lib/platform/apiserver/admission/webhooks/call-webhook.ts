import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { Webhook } from '../../../api/admissionregistration/webhook-validation.ts';
import type { KubeObject } from '../../../api/meta.ts';
import type { ObjectCache } from '../../store/object-cache.ts';
import { objectKey, resourcePrefix } from '../../store/storage-key.ts';

const SERVICES = { group: '', plural: 'services', namespaced: true } as const;
const DEFAULT_PORT = 443;
/** Seconds. */
const DEFAULT_TIMEOUT = 10;
const MAX_ANSWER = 3 << 20;

/** POSTs a review over TLS and gives the answer's text. Rejects with an Error that names where it asked. */
export async function callWebhook(webhook: Webhook, cache: ObjectCache, body: string): Promise<string> {
  const seconds = webhook.timeoutSeconds ?? DEFAULT_TIMEOUT;
  const { url, options } = destination(webhook, cache);
  url.searchParams.set('timeout', `${seconds}s`);
  const signal = AbortSignal.timeout(seconds * 1000);
  try {
    return await post(url, { ...options, signal }, body);
  } catch (error) {
    throw new Error(`Post ${JSON.stringify(url.href)}`, { cause: error });
  }
}

/** Where it is: a URL, or a service by its cluster IP, which shows the certificate of its DNS name. */
function destination({ clientConfig = {} }: Webhook, cache: ObjectCache): { url: URL; options: RequestOptions } {
  const { url, service, caBundle } = clientConfig as NonNullable<Webhook['clientConfig']> & { readonly caBundle?: string };
  const ca = caBundle ? { ca: Buffer.from(caBundle, 'base64').toString('utf8') } : {};
  if (url !== undefined) return { url: new URL(url), options: ca };
  const { namespace = '', name = '', path = '', port = DEFAULT_PORT } = service ?? {};
  const host = `${name}.${namespace}.svc`;
  const found = cache.resource(resourcePrefix(SERVICES)).get(objectKey(SERVICES, namespace, name))?.object;
  return { url: new URL(`https://${host}:${port}${path}`), options: { ...ca, ...addressOf(found, host, port) } };
}

function addressOf(service: KubeObject | undefined, host: string, port: number): RequestOptions {
  const clusterIP = service?.spec?.clusterIP as string | undefined;
  if (service === undefined) throw new Error(`service ${JSON.stringify(host)} not found`);
  if (!clusterIP || clusterIP === 'None') throw new Error(`service ${JSON.stringify(host)} has no cluster IP`);
  // Not `host`: the name in the URL would go before it.
  return { hostname: clusterIP, port, servername: host, headers: { host } };
}

function post(url: URL, options: RequestOptions, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const bytes = Buffer.from(body);
    const failed = (error: Error): void =>
      reject(options.signal?.aborted === true ? new Error('context deadline exceeded', { cause: error }) : error);
    const headers = {
      ...options.headers,
      'content-type': 'application/json',
      accept: 'application/json',
      'content-length': bytes.length,
    };
    let answered = false;
    const outgoing = httpsRequest(url, { ...options, agent: false, method: 'POST', headers }, (response) => {
      answered = true;
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_ANSWER) outgoing.destroy(new Error(`the answer is larger than ${MAX_ANSWER} bytes`));
        else chunks.push(chunk);
      });
      response.once('error', failed);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`the server answered with ${response.statusCode}`));
      });
    });
    outgoing.once('error', failed);
    // A switch to another protocol, say, ends it without an error.
    outgoing.once('close', () => answered || failed(new Error('socket hang up')));
    outgoing.end(bytes);
  });
}
