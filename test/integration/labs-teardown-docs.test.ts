import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { DeleteParameterCommand } from '@aws-sdk/client-ssm';
import { packageRoot } from '../../lib/common/assets.ts';
import { readLabFile } from '../../lib/installer/config/lab-file.ts';
import { awsClients } from '../../lib/installer/lab/aws/clients.ts';
import { questions } from '../../lib/installer/lab/aws/audit/audit.ts';
import { sweepers } from '../../lib/installer/lab/aws/sweep/sweepers.ts';
import { openStateFor } from '../../lib/installer/lab/state/open-state.ts';
import { deployLab } from '../support/aws/deploy-lab.ts';
import { type Moto, motoMissing, startMoto } from '../support/aws/moto.ts';
import { sampleLab } from '../support/aws/sample-lab.ts';
import { runCommand } from '../support/run-command.ts';

const doc = readFileSync(join(packageRoot(), 'docs', 'labs-teardown.md'), 'utf8');
const commands = [...doc.matchAll(/^oo-install (lab .+)$/gm)].map(([, command]) => command!);
/** What nobody is there to answer. */
const unasked: Readonly<Record<string, readonly string[]>> = {
  'lab down --report gone': ['--yes'],
  'lab janitor deploy --notify ina@example.com': ['--yes'],
  'lab janitor remove': ['--yes'],
};

test('docs/labs-teardown.md tells how many kinds of resources are swept, and no fewer are asked for', () => {
  assert.ok(doc.includes(`sweeps ${sweepers.length} kinds of resources`), `${sweepers.length}`);
  assert.ok(questions.length >= sweepers.length - 1, `${questions.length}`);
});

describe('every command of docs/labs-teardown.md', { skip: motoMissing }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'oo-teardown-'));
  let moto: Moto;
  before(async () => {
    moto = await startMoto();
    Object.assign(process.env, moto.env, { XDG_STATE_HOME: folder });
  });
  after(async () => {
    await moto?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const ooInstall = (command: string) =>
    runCommand(
      [
        process.execPath,
        '--disable-warning=ExperimentalWarning',
        join(packageRoot(), 'bin', 'oo-install.ts'),
        ...command.split(' '),
        ...(unasked[command] ?? []),
      ],
      {
        cwd: folder,
        // The CDK looks at the templates as it does for users.
        env: { ...moto.env, CDK_VALIDATION: undefined, XDG_STATE_HOME: folder, HOME: folder, PATH: process.env['PATH']! },
        anyCode: true,
        timeout: 120_000,
      },
    );

  test('does what it says, in this order', async () => {
    assert.equal(commands.length, 5);
    const file = join(folder, 'lab.yaml');
    writeFileSync(file, 'name: course\nprovider: aws\nattendees: [ana]\naws: { region: eu-central-1 }\n');
    {
      await using opened = await openStateFor(await readLabFile(file), 'lab up');
      const aws = awsClients('eu-central-1');
      await deployLab(aws, sampleLab(['ana'], { name: 'course', id: opened.state.id }));
      // Which says that the CDK is at home in the account: it is not yet.
      await aws.ssm.send(new DeleteParameterCommand({ Name: '/cdk-bootstrap/hnb659fds/version' }));
    }
    const said = new Map<string, string>();
    for (const command of commands) {
      const result = await ooInstall(command);
      assert.equal(result.code, command === 'lab janitor' ? 6 : 0, `${command}: ${result.stdout}${result.stderr}`);
      said.set(command, result.stdout);
    }
    const of = (command: string) => said.get(command)!;
    assert.match(of('lab down --dry-run'), /To be taken away:[^]*oo-lab-course-network[^]*instance +i-/);
    assert.match(of('lab down --report gone'), /Nothing is left of the lab course/);
    const report = JSON.parse(readFileSync(join(folder, 'gone.json'), 'utf8')) as Readonly<Record<string, unknown>>;
    const members = [...doc.matchAll(/^\| `([a-z.]+)`(?:, `([a-z]+)`)? +\|/gm)].flatMap(([, one, other]) => [
      one!,
      ...(other === undefined ? [] : [other]),
    ]);
    for (const member of members.filter((each) => each !== 'problem')) {
      const value = member.split('.').reduce<unknown>((at, key) => (at as Readonly<Record<string, unknown>>)[key], report);
      assert.notEqual(value, undefined, member);
    }
    assert.match(of('lab janitor'), /There is no janitor in account 123456789012 in eu-central-1/);
    assert.match(of('lab janitor deploy --notify ina@example.com'), /ina@example\.com is told by e-mail/);
    assert.match(of('lab janitor remove'), /There is no janitor in account/);
  });

  test('what is no action, region or address is refused before anything is asked', async () => {
    await moto.clearCalls();
    for (const wrong of ['lab janitor destroy', 'lab janitor deploy --notify nobody', 'lab janitor --region mars']) {
      assert.equal((await ooInstall(wrong)).code, 2, wrong);
    }
    assert.deepEqual(await moto.calls(), []);
    // Nobody is there to answer.
    const { code, stderr } = await runCommand(
      [
        process.execPath,
        '--disable-warning=ExperimentalWarning',
        join(packageRoot(), 'bin', 'oo-install.ts'),
        'lab',
        'janitor',
        'deploy',
      ],
      { cwd: folder, env: { ...moto.env, XDG_STATE_HOME: folder, HOME: folder, PATH: process.env['PATH']! }, anyCode: true },
    );
    assert.equal(code, 2);
    assert.match(stderr, /nobody is there to answer: Put the janitor of account 123456789012 in eu-central-1/);
  });
});
