import { AUTHORITATIVE_ANSWER, decode, encode, RECURSION_AVAILABLE, RECURSION_DESIRED, TRUNCATED_RESPONSE } from 'dns-packet';
import type { Answer, DecodedPacket, Packet, Question } from 'dns-packet';

/** Response codes (RFC 1035 section 4.1.1). */
export const NOERROR = 0;
const FORMERR = 1;
export const SERVFAIL = 2;
export const NXDOMAIN = 3;
const NOTIMP = 4;
export const REFUSED = 5;

/** Without EDNS a UDP answer may have 512 bytes (RFC 1035); with it, more would be cut into fragments (DNS flag day 2020). */
const PLAIN_UDP_SIZE = 512;
const LARGEST_UDP_SIZE = 1232;

/** A question with the parts of its message that the answer depends on. */
export interface Query {
  readonly id: number;
  readonly question: Question;
  readonly recursionDesired: boolean;
  /** Largest UDP answer the client takes, in bytes. */
  readonly udpSize: number;
  readonly edns: boolean;
}

/** What a resolver says to a question. */
export interface Resolution {
  readonly rcode: number;
  readonly answers: readonly Answer[];
  readonly authorities?: readonly Answer[];
  readonly additionals?: readonly Answer[];
  /** From our own zone rather than from somebody else's. */
  readonly authoritative: boolean;
}

/** Reads a message from a client: a query, an error to answer with (`id` and code), or undefined when it deserves no answer. */
export function readQuery(message: Buffer): Query | { readonly id: number; readonly rcode: number } | undefined {
  if (message.length < 12 || (message[2]! & 0x80) !== 0) return undefined;
  const id = message.readUInt16BE(0);
  let packet: DecodedPacket;
  try {
    packet = decode(message);
  } catch {
    return { id, rcode: FORMERR };
  }
  if (((message[2]! >> 3) & 0x0f) !== 0) return { id, rcode: NOTIMP };
  const [question, ...more] = packet.questions ?? [];
  if (question === undefined || more.length > 0) return { id, rcode: FORMERR };
  // Other classes are other name spaces, and whole zones are nobody's here.
  if (question.class !== undefined && question.class !== 'IN' && question.class !== 'ANY') return { id, rcode: REFUSED };
  if (question.type === 'AXFR' || question.type === 'IXFR') return { id, rcode: REFUSED };
  const opt = packet.additionals?.find((record) => record.type === 'OPT');
  return {
    id,
    question,
    recursionDesired: ((packet.flags ?? 0) & RECURSION_DESIRED) !== 0,
    udpSize: Math.min(Math.max(opt?.type === 'OPT' ? opt.udpPayloadSize : 0, PLAIN_UDP_SIZE), LARGEST_UDP_SIZE),
    edns: opt !== undefined,
  };
}

/** The answer on the wire. With `limit`, an answer that is longer is replaced by an empty one that says so (TC). */
export function writeAnswer(query: Query, resolution: Resolution, limit?: number): Buffer {
  const whole = encode(answerPacket(query, resolution));
  if (limit === undefined || whole.length <= limit) return whole;
  const { authoritative, rcode } = resolution;
  const packet = answerPacket(query, { authoritative, rcode, answers: [] });
  return encode({ ...packet, flags: packet.flags! | TRUNCATED_RESPONSE });
}

/** An answer to something that is not a question. */
export function writeError(id: number, rcode: number): Buffer {
  return encode({ type: 'response', id, flags: rcode, questions: [] });
}

function answerPacket(query: Query, resolution: Resolution): Packet {
  const opt: Answer[] = query.edns
    ? [
        {
          type: 'OPT',
          name: '.',
          udpPayloadSize: LARGEST_UDP_SIZE,
          extendedRcode: 0,
          ednsVersion: 0,
          flags: 0,
          flag_do: false,
          options: [],
        },
      ]
    : [];
  return {
    type: 'response',
    id: query.id,
    flags:
      RECURSION_AVAILABLE |
      (query.recursionDesired ? RECURSION_DESIRED : 0) |
      (resolution.authoritative ? AUTHORITATIVE_ANSWER : 0) |
      resolution.rcode,
    questions: [query.question],
    answers: [...resolution.answers],
    authorities: [...(resolution.authorities ?? [])],
    additionals: [...(resolution.additionals ?? []), ...opt],
  };
}
