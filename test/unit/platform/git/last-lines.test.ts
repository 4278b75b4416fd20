import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { GitContext } from '../../../../lib/platform/git/git-context.ts';
import { lastLines } from '../../../../lib/platform/git/last-lines.ts';
import type { Pod, PodTrouble } from '../../../../lib/platform/git/pod-trouble.ts';
import type { Repository } from '../../../../lib/platform/git/repository.ts';

const POD = { metadata: { name: 'shop-1', namespace: 'ann' }, spec: { containers: [] } } as unknown as Pod;
const CRASHED: PodTrouble = {
  reason: 'CrashLoopBackOff',
  message: '',
  container: 'shop',
  crashed: true,
  due: 0,
  hopeless: true,
};

/** The lines that somebody is shown by a server that answers so, and what it was asked. */
async function shown(mayRead: boolean, trouble: PodTrouble, code = 200): Promise<{ lines: readonly string[]; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url!);
    response.writeHead(code, { 'content-type': 'text/plain' }).end('one\r\n\n  two\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pod = { server: () => Promise.resolve({ server: url, token: 't' }) } as unknown as GitContext['pod'];
  const client = { create: () => Promise.resolve({ status: { allowed: mayRead } }) } as unknown as Repository['client'];
  try {
    return { lines: await lastLines({ pod }, { client })(POD, trouble, new AbortController().signal), asked };
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
}

test('the last lines are those of the run that crashed', async () => {
  const { lines, asked } = await shown(true, CRASHED);
  assert.deepEqual(lines, ['one', '  two']);
  assert.deepEqual(asked, ['/api/v1/namespaces/ann/pods/shop-1/log?container=shop&tailLines=20&limitBytes=8192&previous=true']);
  const running = await shown(true, { ...CRASHED, crashed: false });
  assert.doesNotMatch(running.asked[0]!, /previous/);
});

test('who may not read logs of pods is shown none', async () => {
  assert.deepEqual(await shown(false, CRASHED), { lines: [], asked: [] });
});

test('a log that is gone, and a pod that has never run, have no lines', async () => {
  assert.deepEqual((await shown(true, CRASHED, 404)).lines, []);
  const { container: _container, ...never } = CRASHED;
  assert.deepEqual(await shown(true, never), { lines: [], asked: [] });
});
