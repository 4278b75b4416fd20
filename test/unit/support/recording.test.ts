import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { packageRoot } from '../../../lib/common/assets.ts';
import { recordedFlow } from '../../support/wire/recorded-flow.ts';
import { readRecording, recordedSteps } from '../../support/wire/recording.ts';
import type { SeenExchange } from '../../support/wire/recording-proxy.ts';
import type { WireStep } from '../../support/wire/wire-flow.ts';

const seen = (call: string, more: Partial<Omit<SeenExchange, 'body'>> & { body?: string | Buffer } = {}): SeenExchange => {
  const [method, path] = call.split(' ') as [string, string];
  const body = Buffer.from(more.body ?? '');
  return {
    method,
    path,
    headers: { accept: 'application/json' },
    status: 200,
    answerType: 'application/json',
    answer: '',
    ...more,
    body,
  };
};
const sentAgain = (exchanges: readonly SeenExchange[], kept = {}): WireStep[] =>
  recordedFlow({ command: 'it', client: 'it', steps: recordedSteps(exchanges) }).steps.map((step) =>
    typeof step === 'function' ? step(kept) : step,
  );

describe('a recording', () => {
  test('has no credentials, only that there were some', () => {
    const [step] = recordedSteps([seen('GET /api', { headers: { authorization: 'Bearer abc', cookie: 'ssn=def' } })]);
    assert.equal(step?.auth, 'Bearer');
    assert.doesNotMatch(JSON.stringify(step), /abc|def/);
  });

  test('has each body so that the same bytes are sent again', () => {
    const bodies = ['{"a":1}', '{"a":1}\n', '{ "a": 1 }', '- 1\n', Buffer.from([0x6b, 0x38, 0x73, 0, 0xff])];
    const headers = { 'content-type': 'some/type' };
    const steps = sentAgain(bodies.map((body) => seen('POST /api/v1/pods', { body, headers })));
    assert.deepEqual(
      steps.map(({ bytes }) => bytes),
      bodies.map((body) => ({ type: 'some/type', body: Buffer.from(body) })),
    );
  });

  test('keeps of a question that was repeated the last one, until something was written', () => {
    const pod = (phase: string): string =>
      JSON.stringify({ kind: 'Pod', metadata: { name: 'a' }, status: { phase, podIP: '192.0.2.1' } });
    const steps = recordedSteps([
      seen('GET /a', { answer: pod('Pending') }),
      seen('GET /b'),
      seen('GET /a', { answer: pod('Running') }),
      seen('POST /a', { status: 201 }),
      seen('GET /a', { answer: pod('Running') }),
    ]);
    assert.deepEqual(
      steps.map(({ call, poll }) => [call, poll === true]),
      [
        ['GET /b', false],
        ['GET /a', true],
        ['POST /a', false],
        ['GET /a', false],
      ],
    );
    assert.deepEqual(steps[1]?.reads, { kind: 'Pod', metadata: { name: 'a' }, status: { phase: 'Running' } });
  });

  test('watches from the version that the list before it told, until what the client had waited for', () => {
    const job = (conditions: object[]): object => ({ kind: 'Job', metadata: { name: 'a' }, status: { conditions } });
    const complete = job([{ type: 'Complete', status: 'True', lastTransitionTime: 'now' }]);
    const event = (object: object): string => `${JSON.stringify({ type: 'MODIFIED', object })}\n`;
    const answer = `${event(job([]))}${event(complete)}{"type":"MODI`;
    const exchange = seen('GET /jobs?resourceVersion=17&timeoutSeconds=300&watch=true', { answer });
    const listed = { '/jobs': { version: '99', items: [job([])] } };
    const [step] = sentAgain([exchange], listed);
    assert.equal(step?.call, 'GET /jobs?resourceVersion=99&timeoutSeconds=300&watch=true');
    assert.equal(step?.watchUntil!({ type: 'MODIFIED', object: job([]) }), false);
    assert.equal(step?.watchUntil!({ type: 'MODIFIED', object: complete }), true);
    // It was done before: nothing more would come.
    const [done] = sentAgain([exchange], { '/jobs': { version: '99', items: [complete] } });
    assert.match(done!.call, /timeoutSeconds=1&/);
  });
});

test('the recordings that are kept hold no tokens and no passwords', () => {
  const files = globSync(join(packageRoot(), 'test/conformance/clients/recorded/*/*.ndjson'));
  assert.ok(files.length >= 8);
  for (const file of files) {
    const texts = readRecording(file).steps.flatMap(({ base64 }) =>
      base64 === undefined ? [] : inside(Buffer.from(base64, 'base64')),
    );
    for (const text of [readFileSync(file, 'utf8'), ...texts])
      assert.doesNotMatch(text, /eyJhbGci|sha256~|access_token=|wonderland|BEGIN [A-Z ]*PRIVATE/, file);
  }
});

/** What helm keeps of a release is compressed, in base64. */
function inside(body: Buffer): string[] {
  const text = body.toString('latin1');
  const release = /H4sI[\w+/=]+/.exec(text)?.[0];
  return release === undefined ? [text] : [text, gunzipSync(Buffer.from(release, 'base64')).toString()];
}
