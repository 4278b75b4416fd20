import { get } from 'node:http';
import { patient } from './patience.ts';

/** The body of a plain HTTP answer, on a connection of its own, so that every request is balanced anew. @throws on any status but 200 */
export function httpGet(url: string, timeout = patient(3_000)): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, timeout }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.once('error', reject);
      response.once('end', () => {
        if (response.statusCode === 200) resolve(body);
        else reject(new Error(`${url}: ${response.statusCode} ${body}`));
      });
    });
    request.once('timeout', () => request.destroy(new Error(`${url}: no answer in ${timeout} ms`)));
    request.once('error', reject);
  });
}
