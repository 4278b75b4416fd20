import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openAccess } from '../../../../lib/platform/apps/platform-access.ts';

const home = mkdtempSync(join(tmpdir(), 'oo-access-'));
const before = { HOME: process.env['HOME'], KUBECONFIG: process.env['KUBECONFIG'] };
after(() => {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  rmSync(home, { recursive: true });
});

test("without a kubeconfig the places are named that were looked at: one's own, and a server's administrator's", async () => {
  process.env['HOME'] = home;
  process.env['KUBECONFIG'] = '';
  await assert.rejects(openAccess({}), { code: 'APP_KUBECONFIG_MISSING', message: /\.kube\/config, \/.+\/admin\.kubeconfig$/ });
  process.env['KUBECONFIG'] = `${home}/one:${home}/two`;
  await assert.rejects(openAccess({}), { message: new RegExp(`there is none at ${home}/one, ${home}/two$`) });
  await assert.rejects(openAccess({ kubeconfig: `${home}/named` }), { message: new RegExp(`at ${home}/named$`) });
});
