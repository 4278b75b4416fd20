import type { KubeObject } from '../meta.ts';

/** A subresource that the object's node answers: log, exec, attach, portforward. The server pipes bytes and knows no more. */
export interface NodeSubresource {
  readonly kind: 'node';
  readonly verbs: readonly ('get' | 'create')[];
  /** Which node, and what to ask of it. Throws a StatusError (BadRequest) when the object is not there yet. */
  target(object: KubeObject, query: URLSearchParams): { readonly nodeName: string; readonly path: string };
  /** What is asked for as an object, for admission to judge (operation CONNECT). @default admission is not asked */
  options?(query: URLSearchParams): KubeObject;
}

/**
 * Behind it somebody else's HTTP server answers, whatever it is asked: `pods/proxy`. The name in the path may be `NAME`, `NAME:PORT` or
 * `SCHEME:NAME:PORT`.
 */
export interface ProxySubresource {
  readonly kind: 'proxy';
  /** Who answers. `port` as in the path, '' where it names none. Throws a StatusError. */
  target(object: KubeObject, port: string, scheme: 'http' | 'https'): ProxyPeer;
}

/** An address; a port of a service, by its number; or a node's own server, which is asked as the API server. */
export type ProxyPeer =
  | { readonly host: string; readonly port: number }
  | { readonly service: { readonly namespace: string; readonly name: string; readonly port: number } }
  | { readonly node: string };
