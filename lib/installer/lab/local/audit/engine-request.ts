import { request } from 'node:http';
import { dockerSocket } from '../docker-client.ts';

/** ms for an answer. */
const patience = 60_000;

/**
 * One request of Docker's HTTP API. The audit has a way to Docker of its own: a fault of the client that took a lab away must not hide what it
 * left. Rejects when there is no answer, or one that is no success.
 */
export function engineRequest<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const content = body === undefined ? undefined : JSON.stringify(body);
    const headers =
      content === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) };
    const asked = request({ socketPath: dockerSocket(), method, path, headers, timeout: patience }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('error', reject);
      answer.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const status = answer.statusCode ?? 0;
        if (status < 200 || status > 299)
          reject(new Error(`docker answered ${status} to ${method} ${path}: ${text.trim().slice(0, 300)}`));
        else resolve((answer.headers['content-type'] === 'application/json' ? JSON.parse(text) : text) as T);
      });
    });
    asked.once('error', reject);
    asked.once('timeout', () => asked.destroy(new Error(`docker did not answer ${method} ${path} in ${patience / 1000} s`)));
    asked.end(content);
  });
}
