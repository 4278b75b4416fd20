import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readdir, symlink } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { packageRoot } from '../../lib/common/assets.ts';
import { auditLab } from '../../lib/installer/lab/aws/audit/audit.ts';
import { type AwsClients, awsClients } from '../../lib/installer/lab/aws/clients.ts';
import { type JanitorCode, janitorCode } from '../../lib/installer/lab/aws/janitor-deployment/janitor-code.ts';
import { deployLab } from '../support/aws/deploy-lab.ts';
import { makeAccountThings, makeMachines, tagsOfLab } from '../support/aws/lab-things.ts';
import { type Moto, motoMissing, startMoto } from '../support/aws/moto.ts';
import { sampleLab } from '../support/aws/sample-lab.ts';
import { runCommand } from '../support/run-command.ts';

const lab = { name: 'demo', id: '0123456789ab' };
const inAnHour = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

describe("the janitor's code", () => {
  let code: JanitorCode;
  before(async () => {
    code = await janitorCode();
  });
  after(() => code?.[Symbol.asyncDispose]());
  const text = () => readFileSync(join(code.folder, 'index.mjs'), 'utf8');

  test('is one small file that needs nothing but Node, and the same from the same sources', async () => {
    assert.deepEqual(
      (await readdir(code.folder)).filter((name) => !name.endsWith('.LEGAL.txt')),
      ['index.mjs'],
    );
    assert.ok(statSync(join(code.folder, 'index.mjs')).size < 3_000_000, `${statSync(join(code.folder, 'index.mjs')).size}`);
    const wanted = [...text().matchAll(/^import[^;]*?from ?"([^"]+)"|[;}]import[^;"]*?from ?"([^"]+)"/gm)].map(
      ([, a, b]) => a ?? b!,
    );
    const strangers = wanted.filter((name) => !builtinModules.includes(name.replace(/^node:/, '')));
    assert.deepEqual(strangers, []);
    // From a checkout that is called otherwise.
    const elsewhere = mkdtempSync(join(tmpdir(), 'oo-elsewhere-'));
    try {
      await symlink(packageRoot(), join(elsewhere, 'checkout'));
      await using again = await janitorCode(join(elsewhere, 'checkout'));
      assert.equal(readFileSync(join(again.folder, 'index.mjs'), 'utf8'), text());
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
    assert.ok(!text().includes(packageRoot()), 'it names the folder that it was made in');
  });

  describe('as Lambda runs it', { skip: motoMissing }, () => {
    let moto: Moto;
    let aws: AwsClients;
    let topic = '';
    before(async () => {
      moto = await startMoto();
      Object.assign(process.env, moto.env);
      aws = awsClients('eu-central-1');
      topic = (await new SNSClient({ region: 'eu-central-1' }).send(new CreateTopicCommand({ Name: 'notices' }))).TopicArn!;
    });
    after(() => moto?.[Symbol.asyncDispose]());

    /** In a process of its own, in a folder without node_modules. */
    const invoke = async (milliseconds = 120_000) => {
      const program = join(code.folder, 'invoke.mjs');
      writeFileSync(
        program,
        `import { handler } from './index.mjs';
         try {
           const run = await handler({}, { getRemainingTimeInMillis: () => ${milliseconds} });
           process.stdout.write('ANSWER ' + JSON.stringify(run) + '\\n');
         } catch (error) {
           // Without the line of code, which is a megabyte long.
           process.stderr.write(String(error) + '\\n');
           process.exitCode = 1;
         }`,
      );
      const {
        code: status,
        stdout,
        stderr,
      } = await runCommand([process.execPath, program], {
        cwd: code.folder,
        env: { PATH: process.env['PATH']!, ...moto.env, NOTICE_TOPIC: topic, NOTICE_BEFORE_MINUTES: '120' },
        anyCode: true,
        timeout: 120_000,
      });
      const [, answer = 'null'] = /^ANSWER (.*)$/m.exec(stdout) ?? [];
      return {
        status,
        stdout,
        stderr,
        answer: JSON.parse(answer) as { readonly gone: string[]; readonly told: string[] } | null,
      };
    };
    const published = async () => (await moto.calls()).filter(({ action }) => action === 'sns:Publish').length;

    test('it takes away what is over, tells of what is about to end, and leaves the rest', async () => {
      await deployLab(aws, sampleLab(['ana'], { expires: inAnHour(-1), install: 's3' }));
      await makeMachines(aws, moto.imageId, tagsOfLab(lab), 'hand');
      await makeAccountThings(aws, 'oo-lab-demo-hand', lab.id, tagsOfLab(lab));
      await deployLab(aws, sampleLab(['bo'], { name: 'soon', id: 'aaaaaaaaaaaa', expires: inAnHour(1) }));
      await deployLab(aws, sampleLab(['cy'], { name: 'later', id: 'bbbbbbbbbbbb', expires: inAnHour(9) }));
      await moto.clearCalls();
      const { status, answer, stdout, stderr } = await invoke();
      assert.equal(status, 0, stdout + stderr);
      assert.deepEqual(answer?.gone, ['demo']);
      assert.deepEqual(answer?.told, ['soon', 'demo']);
      assert.equal(await published(), 2);
      const { clean } = await auditLab(aws, lab);
      assert.ok(clean);
      for (const id of ['aaaaaaaaaaaa', 'bbbbbbbbbbbb']) {
        const name = id.startsWith('a') ? 'soon' : 'later';
        const once = { patience: { timeout: 0, backoff: { base: 1, cap: 1 } } };
        assert.equal((await auditLab(aws, { name, id }, once)).asked.find(({ type }) => type === 'stack')?.left.length, 3);
      }
      // What is in the log says which lab, and is read by programs.
      const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
      assert.ok(lines.map((line) => JSON.parse(line) as { lab?: string }).some((line) => line.lab === 'demo'));
    });

    test('a run in which something failed ends with an error, after all that could be done', async () => {
      await deployLab(aws, sampleLab(['ana'], { expires: inAnHour(-1) }), 'oo-lab-demo-network');
      await deployLab(aws, sampleLab(['di'], { name: 'other', id: 'cccccccccccc', expires: inAnHour(-1) }));
      const { status, answer, stdout, stderr } = await invoke();
      assert.notEqual(status, 0);
      assert.equal(answer, null);
      assert.match(stderr, /not everything could be done:\n.*demo 0123456789ab: .*TerminationProtection/);
      assert.match(stdout, /"gone":\["other"\],"stays":\["demo"\]/);
    });

    test('with no time left it begins nothing, and says so', async () => {
      const { status, stdout } = await invoke(1_000);
      assert.equal(status, 0);
      assert.match(stdout, /"cutOff":\["demo"\]/);
    });
  });
});
