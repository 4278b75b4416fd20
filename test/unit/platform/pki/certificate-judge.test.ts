import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../../lib/common/assets.ts';
import { ensureAuthority } from '../../../../lib/platform/pki/authority.ts';
import { pkiFolder } from './pki-folder.ts';

test('a process that looks into a certificate before anything else can serve TLS afterwards', async () => {
  using folder = pkiFolder();
  await ensureAuthority(folder.dir);
  const program = `
    import { whyRenew } from ${JSON.stringify(join(packageRoot(), 'lib/platform/pki/certificate-judge.ts'))};
    import { X509Certificate } from 'node:crypto';
    new X509Certificate(process.argv[1]).toLegacyObject();
    const { createServer } = await import('node:tls');
    createServer({});
    console.log(typeof whyRenew);`;
  const argv = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program];
  const pem = readFileSync(join(folder.dir, 'ca.crt'), 'utf8');
  assert.equal(execFileSync(process.execPath, [...argv, '--', pem], { encoding: 'utf8' }), 'function\n');
});
