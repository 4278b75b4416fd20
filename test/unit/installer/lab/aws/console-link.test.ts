import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { consoleLink } from '../../../../../lib/installer/lab/aws/console-link.ts';

const credentials = {
  AccessKeyId: 'ASIAEXAMPLE',
  SecretAccessKey: 'the/secret+key',
  SessionToken: 'the-session=',
  Expiration: new Date('2026-11-26T17:00:00Z'),
};

/** What the federation endpoint of a stand-in leads to. */
async function ask(listener: RequestListener, options: Partial<Parameters<typeof consoleLink>[1]> = {}) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/federation`;
  try {
    const usual = { partition: 'aws', region: 'eu-central-1', seconds: 7_200, signal: new AbortController().signal, url };
    return { url, found: await consoleLink(credentials, { ...usual, ...options }) };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('a token for the credentials becomes a link to the instances of the region', async () => {
  let asked = new URLSearchParams();
  const { url, found } = await ask((request, response) => {
    asked = new URL(request.url!, 'http://localhost').searchParams;
    response.end(JSON.stringify({ SigninToken: 'a&b' }));
  });
  assert.equal(asked.get('Action'), 'getSigninToken');
  assert.equal(asked.get('SessionDuration'), '7200');
  assert.deepEqual(JSON.parse(asked.get('Session')!), {
    sessionId: 'ASIAEXAMPLE',
    sessionKey: 'the/secret+key',
    sessionToken: 'the-session=',
  });
  const link = new URL(found.console!.url);
  assert.equal(`${link.origin}${link.pathname}`, url);
  assert.deepEqual(Object.fromEntries(link.searchParams), {
    Action: 'login',
    Issuer: 'oo-install',
    Destination: 'https://console.aws.amazon.com/ec2/home?region=eu-central-1#Instances:',
    SigninToken: 'a&b',
  });
  const minutes = (Date.parse(found.console!.until) - Date.now()) / 60_000;
  assert.ok(minutes > 14 && minutes <= 15, String(minutes));
});

test('who was a role already says nothing of how long', async () => {
  let asked = new URLSearchParams();
  const listener: RequestListener = (request, response) => {
    asked = new URL(request.url!, 'http://localhost').searchParams;
    response.end('{"SigninToken":"t"}');
  };
  await ask(listener, { seconds: undefined });
  assert.equal(asked.has('SessionDuration'), false);
});

/** To where a token would be had: whoever follows has shown the credentials to somebody else. */
function leadElsewhere(url: string, response: ServerResponse): void {
  if (url === '/elsewhere') response.end('{"SigninToken":"t"}');
  else response.writeHead(302, { location: '/elsewhere' }).end();
}

test('what cannot be had is a note, with nothing of the credentials in it', async () => {
  const notes = [
    (await ask((_request, response) => response.writeHead(400).end('Session: the/secret+key'))).found.note,
    (await ask((_request, response) => response.end('<html>'))).found.note,
    (await ask((_request, response) => response.end('{"SigninToken":7}'))).found.note,
    (await ask((request) => request.socket.destroy())).found.note,
    (await ask((request, response) => leadElsewhere(request.url!, response))).found.note,
    (await ask((_request, response) => response.end(), { partition: 'aws-moon' })).found.note,
  ];
  const expected = [
    /answers 400$/,
    /answers something else$/,
    /answers something else$/,
    /cannot be reached/,
    /cannot be reached/,
  ];
  for (const [index, pattern] of [...expected, /no link into the console is known for aws-moon/].entries()) {
    assert.match(notes[index] ?? '', pattern);
    assert.doesNotMatch(notes[index] ?? '', /secret|session|ASIA/i);
  }
});
