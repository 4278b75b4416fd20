import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureAuthority } from '../../../lib/platform/pki/authority.ts';

/** A request as a client sent it, and its answer as far as the client read it. */
export interface SeenExchange {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** 0 until there is an answer. */
  status: number;
  answerType: string;
  answer: string;
}

/** What stands between a client and a platform, and sees what they say. */
export interface RecordingProxy extends AsyncDisposable {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  /** What its certificate is checked by. */
  readonly caPem: string;
  /** What it saw since the last call, in the order of the requests. Watches that go on are in it, as far as they came. */
  take(): readonly SeenExchange[];
}

/**
 * A TLS server that passes everything on to the platform at `server`, the client's credentials too. What OAuth says of its own address is made
 * to say the proxy's, so that the login comes by as well. It passes on no upgraded connections.
 */
export async function startRecordingProxy(target: { readonly server: string; readonly caPem: string }): Promise<RecordingProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'oo-test-recording-'));
  const authority = await ensureAuthority(folder, { signerName: 'recording-proxy' });
  const pair = await authority.issue({ commonName: 'localhost', usages: ['server'], ipAddresses: ['127.0.0.1'] });
  const agent = new Agent({ keepAlive: true, ca: target.caPem });
  let url = '';
  let seen: SeenExchange[] = [];

  const server = createServer({ cert: pair.certPem, key: pair.keyPem }, (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.once('end', () => {
      const exchange = {
        method: incoming.method!,
        path: incoming.url!,
        headers: incoming.headers,
        body: Buffer.concat(chunks),
        status: 0,
        answerType: '',
        answer: '',
      };
      seen.push(exchange);
      passOn(exchange, outgoing);
    });
  });

  function passOn(exchange: SeenExchange, outgoing: ServerResponse): void {
    const { method, path, body } = exchange;
    const headers = { ...exchange.headers, host: new URL(target.server).host };
    // The body is whole by now.
    delete headers['transfer-encoding'];
    // What is recorded must be readable, and whole also where the client has it already.
    delete headers['accept-encoding'];
    delete headers['if-none-match'];
    const length = body.length > 0 || 'content-type' in headers ? { 'content-length': String(body.length) } : {};
    const onward = request(`${target.server}${path}`, { method, agent, headers: { ...headers, ...length } }, (answer) => {
      exchange.status = answer.statusCode!;
      exchange.answerType = answer.headers['content-type'] ?? '';
      const ofOAuth = path.startsWith('/.well-known/');
      const given = { ...answer.headers };
      if (ofOAuth) delete given['content-length'];
      outgoing.writeHead(answer.statusCode!, given);
      answer.on('data', (chunk: Buffer) => {
        exchange.answer += chunk.toString();
        if (!ofOAuth) outgoing.write(chunk);
      });
      answer.once('end', () => outgoing.end(ofOAuth ? exchange.answer.replaceAll(target.server, url) : undefined));
      answer.once('error', () => outgoing.destroy());
    });
    onward.once('error', () => outgoing.destroy());
    // A client that ends its watch.
    outgoing.once('close', () => onward.destroy());
    onward.end(body);
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    caPem: authority.caPem,
    take() {
      const taken = seen;
      seen = [];
      return taken;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
      rmSync(folder, { recursive: true });
    },
  };
}
