import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import { PassThrough, Readable } from 'node:stream';
import { test } from 'node:test';
import { LocalRuntime, onePod } from './local-runtime.ts';
import { serve } from './serve.ts';

const path = (container: string, query = ''): string => `/containerLogs/default/web/${container}${query}`;

test('answers the log of the running container with the options asked for', async (t) => {
  const runtime = new LocalRuntime();
  const served = await serve(t, { runtime, pods: onePod({ app: { id: 'c1', previousId: 'c0' } }) });
  const before = Date.now();
  const { code, body, type } = await served.get(path('app', '?tailLines=5&timestamps=true&sinceSeconds=60'));
  assert.deepEqual({ code, body, type }, { code: 200, body: 'line 1\nline 2\n', type: 'text/plain' });
  const { id, options } = runtime.logRequests[0]!;
  assert.equal(id, 'c1');
  assert.deepEqual(
    { tail: options.tail, timestamps: options.timestamps, follow: options.follow },
    { tail: 5, timestamps: true, follow: false },
  );
  // In whole seconds.
  assert.ok(options.since! > before - 61_000 && options.since! <= Date.now() - 60_000, String(options.since! - before));
  await served.get(path('app', '?previous=true&sinceTime=2026-01-02T03:04:05Z'));
  assert.equal(runtime.logRequests[1]!.id, 'c0');
  assert.equal(runtime.logRequests[1]!.options.since, Date.UTC(2026, 0, 2, 3, 4, 5));
});

test('cuts at limitBytes and ends the engine stream', async (t) => {
  const runtime = new LocalRuntime();
  const endless = new Readable({
    read() {
      this.push(Buffer.alloc(1000, 'x'));
    },
  });
  runtime.log = () => endless;
  const served = await serve(t, { runtime, pods: onePod({ app: { id: 'c1' } }) });
  const { body } = await served.get(path('app', '?limitBytes=2500&follow=true'));
  assert.equal(body.length, 2500);
  assert.ok(endless.destroyed);
});

test("a container without a log is refused in the kubelet's words", async (t) => {
  const pods = onePod({
    creating: { state: 'waiting', reason: 'ContainerCreating' },
    pulling: { state: 'waiting', reason: 'ErrImagePull' },
    backing: { state: 'waiting', reason: 'ImagePullBackOff' },
    crashing: { state: 'waiting', reason: 'CrashLoopBackOff', previousId: 'c0' },
    done: { state: 'terminated', id: 'c1' },
    lost: { state: 'terminated' },
  });
  const runtime = new LocalRuntime();
  const served = await serve(t, { runtime, pods });
  const refusals: [string, string][] = [
    [path('creating'), 'container "creating" in pod "web" is waiting to start: ContainerCreating'],
    [path('pulling'), `container "pulling" in pod "web" is waiting to start: image can't be pulled`],
    [path('backing'), 'container "backing" in pod "web" is waiting to start: trying and failing to pull image'],
    [path('lost'), 'container "lost" in pod "web" is terminated'],
    [path('done', '?previous=true'), 'previous terminated container "done" in pod "web" not found'],
  ];
  for (const [url, message] of refusals) {
    const { code, body } = await served.get(url);
    const status = JSON.parse(body) as { kind: string; reason: string; message: string };
    assert.deepEqual(
      { code, kind: status.kind, reason: status.reason, message: status.message },
      { code: 400, kind: 'Status', reason: 'BadRequest', message },
    );
  }
  assert.equal((await served.get(path('crashing'))).code, 200);
  assert.equal((await served.get(path('done'))).code, 200);
  assert.deepEqual(
    runtime.logRequests.map(({ id }) => id),
    ['c0', 'c1'],
  );
  assert.equal((await served.get('/containerLogs/default/other/app')).code, 404);
  assert.match((await served.get(path('nobody'))).body, /container nobody is not valid for pod web/);
});

test('nonsense options are refused with their causes', async (t) => {
  const served = await serve(t, { runtime: new LocalRuntime(), pods: onePod({ app: { id: 'c1' } }) });
  for (const query of [
    'tailLines=-1',
    'limitBytes=0',
    'sinceSeconds=x',
    'sinceTime=yesterday',
    'sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z',
  ]) {
    const { code, body } = await served.get(path('app', `?${query}`));
    assert.equal(code, 422, query);
    assert.equal((JSON.parse(body) as { reason: string }).reason, 'Invalid');
  }
});

test('following streams lines as they come, and a client that goes away ends the engine stream', async (t) => {
  const runtime = new LocalRuntime();
  const log = new PassThrough();
  runtime.log = (options) => {
    options.signal?.addEventListener('abort', () => log.destroy());
    return log;
  };
  const served = await serve(t, { runtime, pods: onePod({ app: { id: 'c1' } }) });
  const request = httpsRequest({
    host: '127.0.0.1',
    port: served.port,
    path: path('app', '?follow=true'),
    ...served.tls,
    agent: false,
  });
  request.on('error', () => undefined).end();
  // The answer begins before there is a line.
  const [response] = (await once(request, 'response')) as [Readable];
  response.on('error', () => undefined);
  for (const line of ['one\n', 'two\n']) {
    log.write(line);
    const [chunk] = (await once(response, 'data')) as [Buffer];
    assert.equal(chunk.toString(), line);
  }
  const closed = once(log, 'close');
  request.destroy();
  await closed;
});
