import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { errorText } from '../../../common/errors.ts';
import type { Log } from '../../../common/log.ts';
import type { Informer } from '../../client/informer.ts';
import { parseCidr } from '../../../common/cidr.ts';
import { resolveInZone } from './cluster-zone.ts';
import { type Query, readQuery, type Resolution, SERVFAIL, writeAnswer, writeError } from './dns-message.ts';
import { createForwarder } from './forwarder.ts';
import { serviceRecords } from './service-records.ts';
import { TcpClients } from './tcp-clients.ts';
import { hostUpstreams, parseUpstream } from './upstreams.ts';

export interface DnsServerOptions {
  readonly services: Pick<Informer, 'lister' | 'addHandler' | 'hasSynced'>;
  readonly endpoints: Pick<Informer, 'lister' | 'addHandler' | 'hasSynced'>;
  /** `cluster.local` */
  readonly domain: string;
  readonly listen: { readonly address: string; readonly port: number };
  /** Resolvers for all other names, `ADDRESS` or `ADDRESS:PORT`. @default the host's own, followed as they change */
  readonly upstreams?: readonly string[];
  /** Addresses that lead back here, such as the cluster DNS service's. @default none */
  readonly ownAddresses?: readonly string[];
  /** Networks of the cluster's own (services, pods), whose addresses nobody else has names for. @default none */
  readonly networks?: readonly string[];
  readonly log: Log;
}

/** A client that says nothing for so long, in ms, is hung up on. */
const TCP_IDLE = 10_000;
/** Pods have addresses of their own: no one of them can take the places of the others. */
const TCP_CLIENTS = { all: 256, perSource: 64 };
const UDP_BUFFER = 4 * 1024 * 1024;
const UNKNOWN_YET: Resolution = { rcode: SERVFAIL, answers: [], authoritative: false };
/** CNAMEs followed for a service that stands for an outside name. */
const MOST_ALIASES = 8;

/** The cluster's DNS: services and pods from the informers, everything else from the host's resolvers; UDP and TCP. */
export function createDnsServer(options: DnsServerOptions): { run(signal: AbortSignal): Promise<void> } {
  const records = serviceRecords(options.services, options.endpoints);
  const given = options.upstreams?.flatMap((text) => parseUpstream(text) ?? []);
  const own = [options.listen.address, ...(options.ownAddresses ?? [])];
  const forwarder = createForwarder(given === undefined ? hostUpstreams(own) : () => Promise.resolve(given));
  const zone = {
    domain: options.domain.toLowerCase(),
    networks: (options.networks ?? []).flatMap((text) => parseCidr(text) ?? []),
  };

  const resolve = async (query: Query): Promise<Resolution> => {
    const local = resolveInZone(query.question, zone, records);
    if (local === undefined) return forwarder.resolve(query.question);
    // Before the first list has come, no name of ours can be said not to exist.
    if (local.authoritative && !(options.services.hasSynced() && options.endpoints.hasSynced())) return UNKNOWN_YET;
    let answers = [...local.answers];
    for (let n = 0; n < MOST_ALIASES; n++) {
      const last = answers.at(-1);
      if (last?.type !== 'CNAME' || query.question.type === 'CNAME') break;
      const next = { ...query.question, name: last.data };
      const found = resolveInZone(next, zone, records) ?? (await forwarder.resolve(next));
      if (found.answers.length === 0) break;
      answers = [...answers, ...found.answers];
    }
    return { ...local, answers };
  };

  const answer = async (message: Buffer, overUdp: boolean): Promise<Buffer | undefined> => {
    const query = readQuery(message);
    if (query === undefined) return undefined;
    if ('rcode' in query) return writeError(query.id, query.rcode);
    try {
      return writeAnswer(query, await resolve(query), overUdp ? query.udpSize : undefined);
    } catch (error) {
      options.log.warn(
        { name: query.question.name, type: query.question.type, error: errorText(error) },
        'question could not be answered',
      );
      return writeError(query.id, SERVFAIL);
    }
  };

  return {
    async run(signal) {
      const udp = serveUdp(answer);
      const { server: tcp, clients } = serveTcp(answer);
      const { address, port } = options.listen;
      try {
        udp.bind(port, address);
        tcp.listen(port, address);
        await Promise.all([once(udp, 'listening', { signal }), once(tcp, 'listening', { signal })]);
        options.log.info({ address, port }, 'dns is listening');
        await Promise.race([once(udp, 'close', { signal }), once(tcp, 'close', { signal })]);
      } catch (error) {
        if (signal.aborted) return;
        if ((error as NodeJS.ErrnoException).code !== 'EADDRNOTAVAIL') throw error;
        const advice = 'change advertiseAddress in the configuration, or take it out, and restart';
        throw new Error(`${address} is no address of this machine (any more): ${advice}`, { cause: error });
      } finally {
        close(udp);
        tcp.close();
        clients.closeAll();
      }
    },
  };
}

function close(socket: UdpSocket): void {
  try {
    socket.close();
  } catch {
    // It never opened, or is closed already.
  }
}

type Answering = (message: Buffer, overUdp: boolean) => Promise<Buffer | undefined>;

function serveUdp(answer: Answering): UdpSocket {
  // As much as the kernel allows: pods with search paths ask in bursts, and what does not fit costs them 5 s each.
  const socket = createSocket({ type: 'udp4', recvBufferSize: UDP_BUFFER });
  const reply = async (message: Buffer, port: number, address: string): Promise<void> => {
    const answered = await answer(message, true);
    // A client that is gone is no concern of ours: without a callback the error would end the server.
    if (answered !== undefined) socket.send(answered, port, address, () => undefined);
  };
  // What is answered after the socket was closed has nowhere to go.
  socket.on('message', (message, from) => void reply(message, from.port, from.address).catch(() => undefined));
  return socket;
}

function serveTcp(answer: Answering): { server: Server; clients: TcpClients } {
  const clients = new TcpClients(TCP_CLIENTS);
  const server = createServer((socket) => {
    clients.add(socket);
    socket.setTimeout(TCP_IDLE, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    const answerTo: Answering = (message, overUdp) => {
      clients.asked(socket);
      return answer(message, overUdp);
    };
    void serveConnection(socket, answerTo).catch(() => socket.destroy());
  });
  return { server, clients };
}

/** Messages with their length before them (RFC 1035 section 4.2.2), one after another. */
async function serveConnection(socket: Socket, answer: Answering): Promise<void> {
  let received = Buffer.alloc(0);
  // Not destroyed at its end: a client may half-close after its question.
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0);
      const reply = await answer(received.subarray(2, end), false);
      received = received.subarray(end);
      if (reply === undefined) continue;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(reply.length);
      // A client that asks without reading waits for itself.
      if (!socket.write(Buffer.concat([length, reply]))) await once(socket, 'drain');
    }
  }
  socket.end();
}
