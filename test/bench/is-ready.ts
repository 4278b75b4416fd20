import { request } from 'node:https';

/** Whether a daemon answers /readyz on that port of this machine; a refusal is told after 2 ms, for who asks in a loop. */
export function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    // Certificates come from authorities of this very run; what is measured is time.
    const asking = request({ host: '127.0.0.1', port, path: '/readyz', rejectUnauthorized: false, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asking.on('error', () => setTimeout(() => resolve(false), 2)).end();
  });
}
