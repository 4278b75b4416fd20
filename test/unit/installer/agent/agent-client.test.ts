import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { agentClient } from '../../../../lib/installer/agent/agent-client.ts';

/** A server that says what it is told to, whatever it was asked. */
function server() {
  const input = new PassThrough();
  const { promise: ended, resolve } = Promise.withResolvers<Error>();
  let isClosed = false;
  const close = () => {
    isClosed = true;
    resolve(new Error('closed'));
  };
  const client = agentClient({ input, output: new PassThrough().resume(), ended, close }, 'web1');
  return {
    client,
    says: (text: string) => input.write(text),
    isClosed: () => isClosed,
    isRead: () => input.listenerCount('data') > 0,
  };
}

for (const [what, text] of [
  ['no JSON', 'no JSON at all\n'],
  ['no frame', '{"foo":1}\n'],
  ['an error with a code that a terminal obeys', '{"id":1,"error":{"code":"\\u001b[2J","failure":"platform","message":"m"}}\n'],
] as const) {
  test(`${what} from a server fails the calls to it, and nothing else`, async () => {
    const { client, says, isClosed, isRead } = server();
    const calls = [client.call('hello', {}), client.call('journal.read', {})];
    says(text);
    for (const call of calls) await assert.rejects(call, { code: 'ANSWER_STRANGE' });
    await assert.rejects(client.call('hello', {}), { code: 'ANSWER_STRANGE' });
    assert.ok(isClosed());
    assert.ok(!isRead());
  });
}

test('a line without an end is given up, and not kept', async () => {
  const { client, says, isClosed } = server();
  const call = client.call('hello', {});
  for (let sent = 0; sent <= 33 && !isClosed(); sent++) says('a'.repeat(1_000_000));
  await assert.rejects(call, { code: 'ANSWER_STRANGE' });
  assert.ok(isClosed());
});

test('frames are read wherever they are cut, also within a character', async () => {
  const { client, says } = server();
  const call = client.call('lock.take', { owner: 'me', force: false });
  const bytes = Buffer.from('{"id":1,"result":{"taken":false,"owner":"jürgen","since":""}}\n');
  for (const byte of bytes) says(Buffer.from([byte]) as unknown as string);
  assert.equal((await call).owner, 'jürgen');
  client.close();
});

test('an answer is read from a connection that was held until now', async () => {
  const input = new PassThrough().pause();
  input.on('data', () => undefined);
  const output = new PassThrough().resume();
  const client = agentClient({ input, output, ended: new Promise(() => undefined), close: () => undefined }, 'web1');
  const call = client.call('hello', {});
  input.write('{"id":1,"result":{"bundle":"b","pid":1,"uid":0}}\n');
  assert.equal((await call).bundle, 'b');
  client.close();
});
