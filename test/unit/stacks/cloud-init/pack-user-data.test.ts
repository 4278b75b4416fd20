import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { OoError } from '../../../../lib/common/errors.ts';
import { packUserData, userDataLimit } from '../../../../lib/stacks/cloud-init/pack-user-data.ts';
import { renderUserData } from '../../../../lib/stacks/cloud-init/render-user-data.ts';
import { labHostData } from '../../../support/lab/lab-host-data.ts';

const sizeOf = (packed: string): number => Buffer.from(packed, 'base64').length;

test('packs what unpacks to the same text, in the same bytes each time', () => {
  const text = renderUserData(labHostData());
  const packed = packUserData(text);
  assert.equal(gunzipSync(Buffer.from(packed, 'base64')).toString(), text);
  assert.equal(packUserData(text), packed);
});

test('a host with everything is under 6 KB', () => {
  const images = Array.from({ length: 10 }, (_, index) => `registry.example.com/classroom/exercise-${index}:2031.${index}`);
  const install = { bucket: 'intro-0123456789ab', key: 'oo-install.run', sha256: 'a'.repeat(64), region: 'eu-central-1' };
  const all = renderUserData(labHostData({ dockerDevice: '/dev/sdf', images, settings: { port: 9443 }, install }));
  const size = sizeOf(packUserData(all));
  assert.ok(size < 6_000, `${size} bytes`);
});

test('what AWS would not take is refused with its size', () => {
  const large = randomBytes(userDataLimit).toString('latin1');
  assert.throws(
    () => packUserData(large),
    (error) =>
      error instanceof OoError && error.code === 'USER_DATA_TOO_LARGE' && /is \d{5} bytes .* takes 16384$/.test(error.message),
  );
});
