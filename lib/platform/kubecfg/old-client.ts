import { createTransport, readText } from '../client/http-transport.ts';
import type { Connection } from './credentials.ts';

/** An object, a list or a Status of v1beta1. */
// oxlint-disable-next-line typescript/no-explicit-any -- what is printed is of every shape
export type OldObject = Record<string, any>;

/** The resources of v1beta1 over HTTP. Methods reject with a StatusError. */
export interface OldClient extends Disposable {
  list(resource: string, labels?: string): Promise<OldObject>;
  get(resource: string, id: string): Promise<OldObject>;
  create(resource: string, object: OldObject): Promise<OldObject>;
  update(resource: string, id: string, object: OldObject): Promise<OldObject>;
  delete(resource: string, id: string): Promise<OldObject>;
  version(): Promise<OldObject>;
}

/** `signal` gives up what is under way. */
export function oldClient({ http, namespace }: Connection, signal: AbortSignal): OldClient {
  const transport = createTransport(http);
  const ask = async (method: string, path: string, body?: OldObject): Promise<OldObject> => {
    const response = await transport.open({ method, path, timeout: 30_000, signal, ...(body === undefined ? {} : { body }) });
    return JSON.parse(await readText(response)) as OldObject;
  };
  const call = (method: string, [resource, id]: [string, string?], body?: OldObject, labels?: string): Promise<OldObject> => {
    const query = new URLSearchParams({ namespace, ...(labels === undefined ? {} : { labels }) });
    const parts = [resource, ...(id === undefined ? [] : [id])].map(encodeURIComponent);
    return ask(method, `/api/v1beta1/${parts.join('/')}?${query}`, body);
  };
  return {
    list: (resource, labels) => call('GET', [resource], undefined, labels),
    get: (resource, id) => call('GET', [resource, id]),
    create: (resource, object) => call('POST', [resource], object),
    update: (resource, id, object) => call('PUT', [resource, id], object),
    delete: (resource, id) => call('DELETE', [resource, id]),
    version: () => ask('GET', '/version'),
    [Symbol.dispose]: () => transport.close(),
  };
}
