import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { hashOf } from '../../../../lib/installer/artifacts/cache.ts';
import { readCatalogue } from '../../../../lib/installer/artifacts/catalogue.ts';
import { download } from '../../../../lib/installer/artifacts/download.ts';

const good = Buffer.from('the package');
const server = createServer((request, response) => {
  if (request.url === '/gone') response.writeHead(404).end();
  else response.end(request.url === '/good' ? good : Buffer.from('the pockage'));
});
let base = '';
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => server.close());

const item = (...paths: string[]) => ({
  what: 'demo 1.0',
  urls: paths.map((path) => base + path),
  sha256: hashOf(good),
  size: good.length,
});

test('the next address is tried when one is gone or sends other bytes', async () => {
  assert.deepEqual(await download(item('/gone', '/bad', '/good')), good);
});

test('bytes with another checksum are refused, with both checksums told', async () => {
  await assert.rejects(download(item('/bad')), (error: Error & { code: string }) => {
    assert.equal(error.code, 'PACKAGE_NOT_AVAILABLE');
    assert.match(error.message, new RegExp(`demo 1.0.*sha256 [0-9a-f]{64}, not ${hashOf(good)}`));
    return true;
  });
});

test('more bytes than the catalogue says are refused while they come in', async () => {
  await assert.rejects(download({ ...item('/good'), size: 3 }), /sends more than 3 bytes/);
});

test('the catalogue has every package of the recipes for both architectures', async () => {
  const { packages } = await readCatalogue();
  for (const name of ['busybox-static', 'catatonit', 'libatomic1']) {
    for (const architecture of ['amd64', 'arm64']) {
      assert.ok(
        packages.some((entry) => entry.package === name && entry.architecture === architecture),
        `${name} ${architecture}`,
      );
    }
  }
});
