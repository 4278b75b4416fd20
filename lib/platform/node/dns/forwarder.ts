import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { decode, encode, RECURSION_DESIRED } from 'dns-packet';
import type { Answer, DecodedPacket, Question } from 'dns-packet';
import { AnswerCache } from './answer-cache.ts';
import { REFUSED, SERVFAIL, type Resolution } from './dns-message.ts';
import type { Upstream } from './upstreams.ts';

/** How long one resolver is waited for, in ms, before the next is asked. */
const ATTEMPT_TIMEOUT = 2_000;
/** Longest that a question is worked on, in ms: resolvers in pods give up after 5 s and ask again. */
const QUESTION_TIMEOUT = 8_000;
/** Questions under way at once: more are refused, as a flood of them would only be answered too late. */
const MOST_PENDING = 1_000;
const UDP_SIZE = 1232;

const REFUSAL: Resolution = { rcode: REFUSED, answers: [], authoritative: false };
const FAILURE: Resolution = { rcode: SERVFAIL, answers: [], authoritative: false };

/** Asks the host's resolvers what the cluster does not know itself. */
export interface Forwarder {
  /** Never rejects: what nobody answers is SERVFAIL. */
  resolve(question: Question): Promise<Resolution>;
}

/** One answer is kept as long as its shortest TTL says; the same question twice at once is asked once. */
export function createForwarder(upstreams: () => Promise<readonly Upstream[]>): Forwarder {
  const cache = new AnswerCache();
  const pending = new Map<string, Promise<Resolution>>();
  return {
    async resolve(question) {
      const key = `${question.type} ${question.name.toLowerCase()}`;
      const cached = cache.get(key);
      if (cached !== undefined) return cached;
      const underWay = pending.get(key);
      if (underWay !== undefined) return underWay;
      if (pending.size >= MOST_PENDING) return REFUSAL;
      const asked = askEach(question, await upstreams()).then((resolution) => {
        pending.delete(key);
        cache.set(key, resolution);
        return resolution;
      });
      pending.set(key, asked);
      return asked;
    },
  };
}

async function askEach(question: Question, upstreams: readonly Upstream[]): Promise<Resolution> {
  const deadline = performance.now() + QUESTION_TIMEOUT;
  // Twice around, as datagrams get lost.
  for (const upstream of [...upstreams, ...upstreams]) {
    if (performance.now() > deadline) break;
    try {
      const packet = await askUdp(question, upstream);
      const whole = packet.flag_tc ? await askTcp(question, upstream) : packet;
      if (rcodeOf(whole) !== SERVFAIL && rcodeOf(whole) !== REFUSED) return resolutionOf(whole);
    } catch {
      // The next one may answer.
    }
  }
  return FAILURE;
}

function queryFor(question: Question): { id: number; message: Buffer } {
  // Unpredictable, so that nobody off the path can answer in the resolver's place; the port is random by the kernel.
  const id = randomInt(0x10000);
  const opt: Answer = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: UDP_SIZE,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  };
  return { id, message: encode({ type: 'query', id, flags: RECURSION_DESIRED, questions: [question], additionals: [opt] }) };
}

function askUdp(question: Question, upstream: Upstream): Promise<DecodedPacket> {
  const { id, message } = queryFor(question);
  const { promise, resolve, reject } = Promise.withResolvers<DecodedPacket>();
  const socket = createSocket(upstream.address.includes(':') ? 'udp6' : 'udp4');
  const timer = setTimeout(() => reject(new Error(`${upstream.address} did not answer`)), ATTEMPT_TIMEOUT);
  socket.on('error', reject);
  socket.on('message', (answer) => {
    const packet = readAnswer(answer, id, question);
    if (packet !== undefined) resolve(packet);
  });
  // Connected, so that the kernel drops what comes from elsewhere and reports a closed port at once.
  socket.connect(upstream.port, upstream.address, ((error?: Error | null) => {
    // On a machine without a route there is nothing to send on.
    if (error) reject(error);
    else socket.send(message, (failed) => failed && reject(failed));
  }) as () => void);
  return promise.finally(() => {
    clearTimeout(timer);
    socket.close();
  });
}

function askTcp(question: Question, upstream: Upstream): Promise<DecodedPacket> {
  const { id, message } = queryFor(question);
  const { promise, resolve, reject } = Promise.withResolvers<DecodedPacket>();
  const socket = connect({ host: upstream.address, port: upstream.port, timeout: ATTEMPT_TIMEOUT });
  let received = Buffer.alloc(0);
  socket.on('error', reject);
  socket.on('timeout', () => reject(new Error(`${upstream.address} did not answer`)));
  socket.on('close', () => reject(new Error(`${upstream.address} closed the connection`)));
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
    const packet = readAnswer(received.subarray(2, 2 + received.readUInt16BE(0)), id, question);
    if (packet === undefined) reject(new Error(`${upstream.address} answered something else`));
    else resolve(packet);
  });
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  socket.write(Buffer.concat([length, message]));
  return promise.finally(() => socket.destroy());
}

/** The message, if it answers this very question. */
function readAnswer(message: Buffer, id: number, question: Question): DecodedPacket | undefined {
  try {
    const packet = decode(message);
    const [echoed] = packet.questions ?? [];
    const same = packet.type === 'response' && packet.id === id && echoed?.type === question.type;
    return same && echoed.name.toLowerCase() === question.name.toLowerCase() ? packet : undefined;
  } catch {
    return undefined;
  }
}

const rcodeOf = (packet: DecodedPacket): number => (packet.flags ?? 0) & 0x0f;

function resolutionOf(packet: DecodedPacket): Resolution {
  return {
    rcode: rcodeOf(packet),
    answers: packet.answers ?? [],
    authorities: packet.authorities ?? [],
    additionals: (packet.additionals ?? []).filter((record) => record.type !== 'OPT'),
    authoritative: false,
  };
}
