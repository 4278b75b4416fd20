import assert from 'node:assert/strict';
import { sign, verify } from 'node:crypto';
import { test } from 'node:test';
import ssh2 from 'ssh2';
import { makeKeyPair } from '../../../../../lib/installer/lab/state/key-pair.ts';

test('every pair is read again, and its halves belong together', () => {
  for (let round = 0; round < 1_500; round++) {
    const { publicKey, privateKey } = makeKeyPair(`ana${'x'.repeat(round % 9)}@class`);
    const parsed = ssh2.utils.parseKey(privateKey);
    assert.ok(!(parsed instanceof Error), `${String(parsed)}\n${privateKey}`);
    const known = ssh2.utils.parseKey(publicKey);
    assert.ok(!(known instanceof Error));
    assert.deepEqual(parsed.getPublicSSH(), known.getPublicSSH());
    if (round > 20) continue;
    const signature = sign(null, Buffer.from('text'), parsed.getPrivatePEM());
    assert.ok(verify(null, Buffer.from('text'), known.getPublicPEM(), signature));
  }
});
