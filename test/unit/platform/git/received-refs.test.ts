import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { array, assert as forAll, integer, property, uint8Array } from 'fast-check';
import { FLUSH, PktReader, pktLine, progress } from '../../../../lib/platform/git/pkt-line.ts';
import { PushCommands, PushReport } from '../../../../lib/platform/git/received-refs.ts';

const ZERO = '0'.repeat(40);
const ONE = '1'.repeat(40);
const TWO = '2'.repeat(40);

const request = Buffer.concat([
  pktLine(`${ZERO} ${ONE} refs/heads/main\0 report-status side-band-64k agent=git/2.39.5\n`),
  pktLine(`${TWO} ${ZERO} refs/heads/old\n`),
  FLUSH,
  Buffer.from('PACK and whatever is in it: 0004 0000'),
]);

/** The bytes in pieces of these sizes. */
function* pieces(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  let at = 0;
  for (let n = 0; at < bytes.length; n++) {
    const size = sizes[n % sizes.length]!;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const sizes = array(integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 });

describe('the commands of a push', () => {
  test('are read however the request is cut', () => {
    forAll(
      property(sizes, (cut) => {
        const commands = new PushCommands();
        for (const piece of pieces(request, cut)) commands.read(piece);
        assert.equal(commands.sideBand, true);
        assert.deepEqual(commands.refs, [
          { ref: 'refs/heads/main', commit: ONE },
          { ref: 'refs/heads/old', commit: undefined },
        ]);
      }),
    );
  });

  test('that are none are left to git', () => {
    forAll(
      property(uint8Array({ maxLength: 300 }), (bytes) => {
        const commands = new PushCommands();
        commands.read(Buffer.from(bytes));
      }),
    );
  });
});

describe('the report of a push', () => {
  const status = Buffer.concat([
    pktLine('unpack ok\n'),
    pktLine('ok refs/heads/main\n'),
    pktLine('ng refs/heads/old hook declined\n'),
    FLUSH,
  ]);
  const answer = Buffer.concat([progress('Resolving deltas\n'), pktLine(Buffer.concat([Buffer.of(1), status])), FLUSH]);

  test('passes but for its last flush, and tells what was taken', () => {
    forAll(
      property(sizes, (cut) => {
        const report = new PushReport();
        const passed = Buffer.concat([...pieces(answer, cut)].map((piece) => report.pass(piece)));
        assert.equal(report.held, true);
        assert.deepEqual(Buffer.concat([passed, FLUSH]), answer);
        assert.deepEqual([...report.taken], ['refs/heads/main']);
      }),
    );
  });
});

describe('lines for people', () => {
  test('are cut to what fits, and carry the band', () => {
    const text = `${'long '.repeat(30_000)}\n`;
    const lines = [...new PktReader().push(progress(text))].map((line) => line!);
    assert.ok(lines.length > 1);
    assert.ok(lines.every((line) => line[0] === 2));
    assert.equal(lines.map((line) => line.subarray(1).toString()).join(''), text);
  });
});
