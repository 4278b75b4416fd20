import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineEditor } from '../../../../lib/common/terminal/line-editor.ts';

function type(echo: boolean, ...chunks: (string | Buffer)[]) {
  const editor = lineEditor({ echo });
  let drawn = '';
  let state = 'open';
  for (const chunk of chunks) {
    const step = editor.feed(Buffer.from(chunk));
    drawn += step.draw;
    state = step.state;
  }
  return { text: editor.text, drawn, state };
}

test('a line is what was typed up to its end, as the keys edit it', () => {
  const table: readonly (readonly [string, string, string])[] = [
    ['secret\r', 'secret', 'done'],
    ['secret\n', 'secret', 'done'],
    ['one\rtwo\r', 'one', 'done'],
    ['sex\u007fcret\r', 'secret', 'done'],
    ['\u007f\u007fa\r', 'a', 'done'],
    ['wrong\u0015right\r', 'right', 'done'],
    ['a\u001b[Ab\u001b[1;5Cc\u001bOHd\r', 'abcd', 'done'],
    ['\u001b[200~pasted\u001b[201~\r', 'pasted', 'done'],
    ['a\tb\u0000c\r', 'abc', 'done'],
    ['pass\u0003', 'pass', 'interrupted'],
    ['\u0004', '', 'ended'],
    ['a\u0004b\r', 'ab', 'done'],
    ['half', 'half', 'open'],
    ['\r', '', 'done'],
  ];
  for (const [keys, text, state] of table) {
    const typed = type(false, keys);
    assert.deepEqual([typed.text, typed.state], [text, state], JSON.stringify(keys));
  }
});

test('characters that come in pieces are put together, and erased whole', () => {
  const bytes = Buffer.from('pä€😀');
  const pieces = [...bytes].map((byte) => Buffer.from([byte]));
  assert.equal(type(false, ...pieces, '\r').text, 'pä€😀');
  assert.equal(type(false, ...pieces, '\u007f\u007f\r').text, 'pä');
});

test('a secret draws nothing, not even its length; other text is drawn as it is edited', () => {
  assert.equal(type(false, 'secret\u007f\u0015x\r').drawn, '');
  assert.equal(type(true, 'yx\u007fes\r').drawn, 'yx\b \bes');
  assert.equal(type(true, 'ab\u0015').drawn, 'ab\b \b\b \b');
});

test('a terminal that never ends its line fills no memory', () => {
  assert.equal(type(true, 'x'.repeat(100_000)).text.length, 4_096);
});
