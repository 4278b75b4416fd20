import {
  Client,
  type ClientDuplexStream,
  credentials,
  type ChannelCredentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import type { Method } from './messages.ts';

/** PEM texts. Without `caPem` the authorities that Node trusts count. */
export interface EtcdTls {
  readonly caPem?: string;
  /** The client certificate, where the members want one. */
  readonly certPem?: string;
  readonly keyPem?: string;
}

/** A member without a leader refuses at once, instead of letting everybody wait (etcd's rpctypes.MetadataRequireLeaderKey). */
const requireLeader = new Metadata();
requireLeader.set('hasleader', 'true');

const channelOptions = {
  // Pages and watch messages are bounded by what is asked for; etcd's own default for clients is the same.
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  // A member that is gone without a word shows within 15 s where nothing is written. etcd takes no more than a ping each 5 s.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.min_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
};

/** One member of an etcd cluster: calls to it, over one connection. */
export class EtcdMember {
  readonly url: string;
  readonly #client: Client;

  /** `url` is `http://HOST:PORT` or `https://HOST:PORT`. Connects when it is first asked. */
  constructor(url: string, tls: EtcdTls) {
    this.url = url;
    const { host, hostname, protocol } = new URL(url);
    const address = hostname.replace(/^\[|\]$/g, '');
    const isSecure = protocol === 'https:';
    this.#client = new Client(`dns:${host}`, isSecure ? secure(tls, address) : credentials.createInsecure(), {
      ...channelOptions,
      // grpc-js would send the address as the server's name, which TLS has no place for and Node refuses (RFC 6066, 3).
      ...(isSecure && isIP(address) !== 0 && { 'grpc.ssl_target_name_override': 'etcd' }),
    });
  }

  /** Rejects with a ServiceError, after `timeout` ms at the latest. */
  call<Request, Response>(method: Method<Request, Response>, request: Request, timeout: number): Promise<Response> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        method.path,
        method.encode,
        method.decode,
        request,
        requireLeader,
        { deadline: Date.now() + timeout },
        (error: ServiceError | null, response?: Response) => (error === null ? resolve(response!) : reject(error)),
      );
    });
  }

  /** A stream in both directions. It ends with an 'error' (a ServiceError) unless the member ends it well. */
  stream<Request, Response>(method: Method<Request, Response>): ClientDuplexStream<Request, Response> {
    return this.#client.makeBidiStreamRequest(method.path, method.encode, method.decode, requireLeader, {});
  }

  /** Sends one message on a stream and resolves to the first that comes back. */
  async exchange<Request, Response>(method: Method<Request, Response>, request: Request, timeout: number): Promise<Response> {
    const stream = this.#client.makeBidiStreamRequest(method.path, method.encode, method.decode, requireLeader, {
      deadline: Date.now() + timeout,
    });
    try {
      stream.end(request);
      for await (const response of stream) return response as Response;
      throw new Error('the member ended the stream without an answer');
    } finally {
      quieten(stream);
    }
  }

  close(): void {
    this.#client.close();
  }
}

/** Ends a stream that nobody listens to any more. */
export function quieten(stream: ClientDuplexStream<never, unknown> | ClientDuplexStream<unknown, unknown>): void {
  stream.on('error', () => undefined);
  stream.cancel();
}

function secure({ caPem, certPem, keyPem }: EtcdTls, host: string): ChannelCredentials {
  const pem = (text: string | undefined): Buffer | null => (text === undefined ? null : Buffer.from(text));
  return credentials.createSsl(pem(caPem), pem(keyPem), pem(certPem), {
    // Whatever name was sent, the certificate must be for the host of the URL.
    checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate),
  });
}
