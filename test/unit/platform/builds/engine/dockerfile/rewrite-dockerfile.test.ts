import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  rewriteDockerfile,
  type RewriteOptions,
} from '../../../../../../lib/platform/builds/engine/dockerfile/rewrite-dockerfile.ts';

const NONE: Omit<RewriteOptions, 'resolve'> = { buildArgs: [], environment: [], imageEnvironment: [], labels: {} };

async function rewritten(text: string, options: Partial<RewriteOptions> = {}): Promise<{ lines: string[]; asked: string[] }> {
  const asked: string[] = [];
  const resolve = (reference: string): Promise<string> => {
    asked.push(reference);
    return Promise.resolve(`sha256:${reference}`);
  };
  const out = await rewriteDockerfile(text, { ...NONE, resolve, ...options });
  return { lines: out.trimEnd().split('\n'), asked };
}

const refused = (text: string, expected: RegExp, options: Partial<RewriteOptions> = {}): Promise<void> =>
  assert.rejects(rewritten(text, options), (error: Error & { code: string }) => {
    assert.match(error.message, expected);
    return error.code === 'ManageDockerfileFailed';
  });

test('each instruction stands on one line, without comments and continuations', async () => {
  const { lines } = await rewritten('\uFEFF# a comment\n  from a\r\nrun one \\\n# inside\n\n  && two\\\t\n three\nCMD ["x"]\n');
  assert.deepEqual(lines, ['FROM sha256:a', 'RUN one   && two three', 'CMD ["x"]']);
});

test('another character may escape', async () => {
  const { lines } = await rewritten('# escape=`\nFROM a\nRUN a `\n b \\\nRUN c', {
    environment: [{ name: 'A', value: 'x\\`"$' }],
  });
  assert.deepEqual(lines, ['# escape=`', 'FROM sha256:a', 'ENV A="x\\```"`$"', 'RUN a  b \\', 'RUN c']);
});

test('every image that is named is brought; stages, their numbers and scratch are none', async () => {
  const text = `ARG A=one:1
ARG B=\${A:-x}
FROM --platform=linux/amd64 $B AS Base
FROM base
COPY --from=BASE --chown=1:1 a b
COPY --from=0 a b
COPY --from=reg:5000/x@sha256:1 a b
COPY --from=1 a b
FROM scratch
COPY a b
`;
  const imageEnvironment = [{ name: 'BUILD', value: 'shop-7' }];
  const { lines, asked } = await rewritten(text, { labels: { 'a.b': 'c "d"' }, imageEnvironment });
  assert.deepEqual(asked, ['one:1', 'reg:5000/x@sha256:1', '1']);
  assert.deepEqual(lines.slice(2, 6), [
    'FROM sha256:one:1 AS Base',
    'FROM base',
    'COPY --from=BASE --chown=1:1 a b',
    'COPY --from=0 a b',
  ]);
  // What differs from build to build comes last: a step before it may be one of the build before.
  assert.deepEqual(lines.slice(-3), ['COPY a b', 'ENV BUILD="shop-7"', 'LABEL a.b="c \\"d\\""']);
});

test('build arguments and the override choose what the image is from', async () => {
  const text = 'ARG A\nFROM $A AS x\nFROM b';
  assert.deepEqual((await rewritten(text, { buildArgs: [{ name: 'A', value: 'given' }], from: 'other' })).asked, [
    'given',
    'other',
  ]);
  // A stage that is from another stays so.
  assert.deepEqual((await rewritten('FROM a AS x\nFROM x', { from: 'other' })).asked, ['a']);
});

for (const [text, expected] of [
  ['RUN x\nFROM a', /line 1: no build stage/],
  ['# nothing', /has no FROM/],
  ['FROM $A', /"\$A" is no name of an image/],
  ['FROM a b c', /FROM requires either one or three arguments/],
  ['FROM a\nRUNX y', /line 2: unknown instruction: RUNX/],
  ['FROM a\nADD https://x/y /', /line 2: ADD of a URL/],
  ['FROM a\nADD ["h\\u0074tp://x/y", "/"]', /ADD of a URL/],
  ["FROM a\nADD 'h'ttp:\\/\\/x /", /ADD of a URL/],
  ['FROM a\nADD \\\nhttp://x /', /ADD of a URL/],
  ['FROM a\nADD git@github.com:x/y /', /ADD of a URL/],
  ['FROM a\nADD ${X}y /', /ADD with a variable/],
  ['FROM a\nADD --checksum=$X x /', /is not understood/],
  ['FROM a\nONBUILD ADD http://x /', /ADD of a URL/],
  ['FROM a\nONBUILD COPY --from=x a b', /COPY --from is not possible/],
  ['FROM a\nONBUILD ONBUILD RUN x', /isn't allowed/],
  ['FROM a\nRUN --network=host x', /need BuildKit/],
  ['FROM a\nRUN --mount=type=bind x', /need BuildKit/],
  ['FROM a\nCOPY <<EOF /x', /here-documents/],
  ['FROM a\nCOPY --fr\\om=b x y', /is not understood/],
  ['FROM a\nCOPY --from=$B x y', /is not understood/],
  ['FROM a\nLABEL io.openshift.node=x', /label "io.openshift.node"/],
  ['FROM a\nLABEL a=b io.kuber"netes".pod.uid=x', /label "io.kubernetes.pod.uid"/],
  ['FROM a\nLABEL $K=x', /cannot hold variables/],
  ['FROM a\nRUN x\u2028ADD y', /a character that ends lines/],
] as [string, RegExp][])
  test(`refused: ${JSON.stringify(text)}`, () => refused(text, expected));

test('a value with several lines is refused, not cut', () =>
  refused('FROM a', /value of A has several lines/, { environment: [{ name: 'A', value: 'x\nRUN y' }] }));
