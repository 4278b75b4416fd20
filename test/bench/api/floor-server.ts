import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { PlatformCertificates } from '../../../lib/platform/pki/platform-certificates.ts';

/** What the floor says, by kind of request: `GET one`, `GET all`, `POST all`, `PUT one`, `PATCH one`, `APPLY one`, `DELETE one`. */
export type Answers = Readonly<Record<string, string>>;

/**
 * A plain node:https server with the same TLS that sends the same bytes: a fixed answer to each kind of request, and for each
 * write one event to every watch. Resolves to its port.
 */
export function startFloor(certificates: PlatformCertificates, answers: () => Answers): Promise<number> {
  const { certPem, keyPem } = certificates.apiserver;
  const watchers = new Set<ServerResponse>();
  const server = createServer({ ca: certificates.caPem, cert: certPem, key: keyPem, requestCert: true }, (request, response) => {
    request.resume();
    request.once('end', () => {
      if (request.url!.includes('watch=')) {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.flushHeaders();
        watchers.add(response);
        response.once('close', () => watchers.delete(response));
        return;
      }
      const verb = request.headers['content-type'] === 'application/apply-patch+yaml' ? 'APPLY' : request.method;
      const body = Buffer.from(answers()[`${verb} ${/configmaps\/./.test(request.url!) ? 'one' : 'all'}`] ?? '{}');
      const headers = { 'content-type': 'application/json', 'content-length': body.length };
      response.writeHead(request.method === 'POST' ? 201 : 200, headers);
      response.end(body);
      if (request.method === 'GET') return;
      const event = Buffer.from(`{"type":"ADDED","object":${body.toString()}}\n`);
      for (const watcher of watchers) watcher.write(event);
    });
  });
  server.listen(0, '127.0.0.1');
  return new Promise((resolve) => {
    server.once('listening', () => resolve((server.address() as { port: number }).port));
  });
}
