import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { janitorApp } from '../../lib/stacks/janitor-app.ts';
import { labApp } from '../../lib/stacks/lab-app.ts';
import { runCommand } from '../support/run-command.ts';
import { sampleLab } from '../support/aws/sample-lab.ts';

const skip = spawnSync('cfn-lint', ['--version']).status === 0 ? false : 'NO CFN-LINT: pip install cfn-lint==1.51.0';

test('cfn-lint finds nothing in any template', { skip }, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'oo-cfn-lint-'));
  try {
    mkdirSync(join(dir, 'code'));
    writeFileSync(join(dir, 'code', 'index.mjs'), 'export const handler = () => undefined;\n');
    const lab = sampleLab(['ana', 'bo'], { awsAccounts: true, install: 's3', hostsPerAttendee: 2 });
    const janitor = { region: 'eu-central-1', code: join(dir, 'code'), notify: 'ops@example.com' };
    const stacks = [
      ...labApp(lab, { outdir: join(dir, 'lab') }).synth().stacks,
      ...janitorApp(janitor, { outdir: join(dir, 'janitor') }).synth().stacks,
    ];
    // W3005: the CDK's function waits for its role by DependsOn too, which is no more than a word too many.
    const result = await runCommand(
      ['cfn-lint', '--ignore-checks', 'W3005', '--', ...stacks.map(({ templateFullPath }) => templateFullPath)],
      { anyCode: true, timeout: 120_000 },
    );
    assert.equal(result.code, 0, result.stdout + result.stderr);
    assert.equal(result.stdout, '');
  } finally {
    rmSync(dir, { recursive: true });
  }
});
