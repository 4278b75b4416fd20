import { connect, constants } from 'node:http2';
import type { ProbeOutcome } from './probe-actions.ts';

/** grpc.health.v1.HealthCheckRequest{service}: field 1, length-delimited. */
function healthRequest(service: string): Buffer {
  const name = Buffer.from(service);
  const message = name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a]), varint(name.length), name]);
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(message.length, 1);
  return Buffer.concat([frame, message]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}

/** HealthCheckResponse.status (field 1, a varint); SERVING is 1. */
function healthStatus(body: Buffer): number {
  const message = body.subarray(5);
  return message.length >= 2 && message[0] === 0x08 ? message[1]! : 0;
}

const STATUS = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

/** The gRPC health checking protocol, over HTTP/2 without TLS. */
export function grpcProbe(host: string, port: number, service: string, timeoutMs: number): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const session = connect(`http://${host.includes(':') ? `[${host}]` : host}:${port}`);
    const done = (ok: boolean, output: string): void => {
      clearTimeout(timer);
      session.destroy();
      resolve({ ok, output });
    };
    const timer = setTimeout(
      () =>
        done(
          false,
          `timeout: failed to connect service "${host}:${port}" within ${timeoutMs / 1000}s: context deadline exceeded`,
        ),
      timeoutMs,
    );
    session.on('error', (error) =>
      done(false, `error: this server does not implement the grpc health protocol: ${error.message}`),
    );
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    let code = '';
    const readCode = (headers: Readonly<Record<string, unknown>>): void => {
      if (headers['grpc-status'] !== undefined) code = String(headers['grpc-status']);
    };
    stream.on('response', readCode);
    stream.on('trailers', readCode);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', (error) => done(false, `error: health rpc probe failed: ${error.message}`));
    stream.on('end', () => {
      const status = healthStatus(Buffer.concat(chunks));
      if (code === '0' && status === 1) done(true, 'service healthy');
      else if (code === '0') done(false, `service unhealthy (responded with "${STATUS[status] ?? status}")`);
      else done(false, `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): code ${code}`);
    });
    stream.end(healthRequest(service));
  });
}
