import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { CloudFormationClient, ListStacksCommand } from '@aws-sdk/client-cloudformation';
import { DescribeInstancesCommand, EC2Client, type InstanceStateName } from '@aws-sdk/client-ec2';
import { CreateAccountAliasCommand, IAMClient } from '@aws-sdk/client-iam';
import { packageRoot } from '../../../lib/common/assets.ts';
import { type BootedInstances, bootInstances } from '../../support/aws/boot-instances.ts';
import { type Moto, motoMissing, startMoto } from '../../support/aws/moto.ts';
import { type RunningCommand, startCommand } from '../../support/kubectl.ts';
import { onTerminal } from '../../support/operator/operator.ts';
import { patient } from '../../support/patience.ts';
import { runCommand } from '../../support/run-command.ts';

/**
 * docs/labs-on-aws.md, command by command, as its reader types it at a terminal. The account is emulated; its instances are servers that really boot, by the
 * user data and with the volume that they have on EC2, and oo-install installs on them over SSH.
 */
const text = readFileSync(join(packageRoot(), 'docs', 'labs-on-aws.md'), 'utf8');
const commands = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block]) => block!.trim().split('\n'));
const [, labYaml = ''] = /^```yaml\n([\s\S]*?)^```$/m.exec(text) ?? [];

interface Status {
  readonly healthy: number;
  readonly expires: string;
  readonly hosts: readonly { readonly host: string; readonly state: string; readonly api: string; readonly reason: string }[];
}

describe('a lab on AWS by the command line', { skip: motoMissing }, () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  let moto: Moto;
  let instances: BootedInstances;
  let ec2: EC2Client;

  before(async () => {
    moto = await startMoto();
    folder = await mkdtemp(join(tmpdir(), 'oo-aws-lab-'));
    await mkdir(join(folder, 'bin'));
    await symlink(join(packageRoot(), 'bin', 'oo-install'), join(folder, 'bin', 'oo-install'));
    env = {
      ...moto.env,
      PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
      XDG_STATE_HOME: join(folder, 'state'),
      XDG_CACHE_HOME: join(packageRoot(), '.cache', 'operator'),
    };
    Object.assign(process.env, moto.env);
    ec2 = new EC2Client({});
    await new IAMClient({}).send(new CreateAccountAliasCommand({ AccountAlias: 'school' }));
    instances = await bootInstances(moto, ec2);
  });
  after(async () => {
    await instances?.[Symbol.asyncDispose]();
    ec2?.destroy();
    await moto?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  /** Without a terminal, as a script does. */
  const lab = (...args: string[]) =>
    runCommand(['oo-install', 'lab', ...args], { cwd: folder, env, anyCode: true, timeout: 240_000 });
  const statusOf = async (): Promise<Status> => JSON.parse((await lab('status', '--json')).stdout) as Status;
  const type = (command: string): RunningCommand =>
    startCommand(onTerminal(['sh', '-c', `cd '${folder}' && ${command}`], { rows: 40, columns: 200 }), {
      ...process.env,
      ...env,
    });
  const inState = async (state: InstanceStateName): Promise<number> => {
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}));
    return Reservations.flatMap(({ Instances = [] }) => Instances).filter(({ State }) => State?.Name === state).length;
  };
  const changes = async (): Promise<readonly string[]> =>
    (await moto.calls())
      .map(({ action }) => action)
      .filter((action) => !/:(Describe|Get|List|Head|CreateAccountAlias)/.test(action));
  const question = /Lab course on account 123456789012 \(school\) in eu-central-1: create 2 hosts\?/;

  /** What happens while a command runs; its answers to what it asks. */
  const meanwhile: Readonly<Record<string, (running: RunningCommand) => Promise<void>>> = {
    'oo-install lab up': async (running) => {
      await running.until(question, 60_000);
      running.stdin.write('y\n');
      await instances.bootNext(2);
    },
    'oo-install lab down --report gone': async (running) => {
      await running.until(/Take away the lab course in account 123456789012 in eu-central-1 and all that attendees made/, 60_000);
      running.stdin.write('y\n');
    },
  };
  /** What is to be seen once it has ended. */
  const afterwards: Readonly<Record<string, (output: string) => Promise<void>>> = {
    'oo-install lab init': () => writeFile(join(folder, 'lab.yaml'), labYaml),
    'oo-install lab plan': async (output) => {
      assert.match(output, /Lab course on account 123456789012 \(school\) in eu-central-1/);
      assert.match(output, /asked as arn:aws:/);
      assert.match(output, /the price of t3\.medium in eu-central-1 is not in oo-install's table/);
      assert.deepEqual(await changes(), []);
      const unanswered = await lab('up');
      assert.equal(unanswered.code, 2);
      assert.match(unanswered.stderr, question);
      assert.match(unanswered.stderr, /answer with --yes/);
      await using refused = type('oo-install lab up');
      await refused.until(question, 60_000);
      refused.stdin.write('n\n');
      assert.equal(await refused.ended(), 2);
      assert.deepEqual(await changes(), []);
    },
    'oo-install lab up': async () => {
      assert.equal(await inState('running'), 2);
      const { healthy, hosts } = await statusOf();
      assert.equal(healthy, 2, JSON.stringify(hosts));
      assert.match(hosts[0]!.api, /^https:\/\/172\.\d+\.\d+\.\d+:8443$/);
    },
    'oo-install lab status': async (output) => assert.match(output, /2 of 2 hosts are healthy/),
    'oo-install lab exec -- uptime': async (output) => {
      assert.match(output, /ana-1.*load average/);
      assert.match(output, /ben-1.*load average/);
    },
    'oo-install lab handout': async () => {
      const { sheets } = JSON.parse(readFileSync(join(folder, 'handout', 'handout.json'), 'utf8')) as {
        sheets: { attendee: string; keyFile: string; hosts: { address: string }[] }[];
      };
      const [ana] = sheets;
      const scan = await runCommand(['ssh-keyscan', '-T', '60', '-t', 'ed25519', ana!.hosts[0]!.address]);
      await writeFile(join(folder, 'known_hosts'), scan.stdout);
      const ssh = ['ssh', '-o', `UserKnownHostsFile=${join(folder, 'known_hosts')}`, '-o', 'BatchMode=yes'];
      const login = [...ssh, '-i', join(folder, 'handout', ana!.keyFile), `ana@${ana!.hosts[0]!.address}`];
      const { stdout } = await runCommand([
        ...login,
        'sudo -n id -u; df --output=source /var/lib/docker | tail -1; stat -c %a-%U .kube/config',
      ]);
      assert.equal(stdout, '0\n/dev/sdf\n600-ana\n');
    },
    'oo-install lab extend 2h': async (output) => {
      const { expires } = await statusOf();
      assert.match(output, new RegExp(`the lab course ends at ${expires}`));
      const hours = (Date.parse(expires) - Date.now()) / 3_600_000;
      assert.ok(hours > 5.5 && hours < 6, `${hours} hours`);
    },
    'oo-install lab stop': async () => {
      assert.equal(await inState('stopped'), 2);
      assert.equal((await lab('status')).code, 6);
    },
    'oo-install lab start': async () => {
      assert.equal(await inState('running'), 2);
      await instances.readdress();
      assert.equal((await statusOf()).healthy, 2);
    },
    'oo-install lab down --dry-run': async (output) => {
      assert.match(output, /oo-lab-course-network/);
      assert.equal(await inState('running'), 2);
    },
    'oo-install lab down --report gone': async (output) => {
      assert.match(output, /Nothing is left of the lab course/);
      assert.equal(await inState('running'), 0);
      const { StackSummaries = [] } = await new CloudFormationClient({}).send(new ListStacksCommand({}));
      const there = StackSummaries.filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE').map(
        ({ StackName }) => StackName,
      );
      assert.deepEqual(there.toSorted(), ['CDKToolkit', 'oo-janitor']);
      const report = JSON.parse(readFileSync(join(folder, 'gone.json'), 'utf8')) as { audit: { clean: boolean } };
      assert.equal(report.audit.clean, true);
      assert.equal((await lab('status')).code, 2);
    },
  };

  for (const command of commands) {
    test(command, { timeout: patient(240_000) }, async () => {
      await using running = type(command);
      const other = meanwhile[command]?.(running);
      const code = await running.ended(230_000);
      assert.equal(code, 0, running.output());
      await other;
      await afterwards[command]!(stripVTControlCharacters(running.output()));
    });
  }

  test('nothing that the docs say was left out', () => {
    assert.deepEqual([...new Set(commands)].toSorted(), Object.keys(afterwards).toSorted());
  });
});
