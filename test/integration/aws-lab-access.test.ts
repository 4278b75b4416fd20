import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { GetPolicyVersionCommand, GetRoleCommand } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { failureOf } from '../../lib/installer/cli/failure.ts';
import { parseLab } from '../../lib/installer/config/lab-file.ts';
import { awsProvider } from '../../lib/installer/lab/aws/aws-provider.ts';
import { type AwsClients, awsClients } from '../../lib/installer/lab/aws/clients.ts';
import { labHandout } from '../../lib/installer/lab/handout/lab-handout.ts';
import { changingContext, lookingContext, type LabRun } from '../../lib/installer/lab/lab-run.ts';
import { sshHostWork } from '../../lib/installer/lab/host-work.ts';
import type { LabContext } from '../../lib/installer/lab/provider.ts';
import { openStateFor, requireState } from '../../lib/installer/lab/state/open-state.ts';
import { stateFile } from '../../lib/installer/lab/state/state-folder.ts';
import { attendeeRoleName } from '../../lib/stacks/lab-definition.ts';
import { type Moto, motoMissing, startMoto } from '../support/aws/moto.ts';
import { ownSupplies } from '../support/own-supplies.ts';
import { patient } from '../support/patience.ts';
import { RecordingReporter } from '../support/recording-reporter.ts';

/** `access.awsAccounts`: what an attendee holds in hand is asked from STS and IAM, by the credentials that were handed out. */
describe("attendees' access to AWS", { skip: motoMissing }, () => {
  const env = { ...process.env };
  const reporter = new RecordingReporter();
  let moto: Moto;
  let aws: AwsClients;
  let folder: string;
  let run: LabRun;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oo-aws-access-'));
    moto = await startMoto();
    Object.assign(process.env, moto.env, { XDG_STATE_HOME: join(folder, 'state') });
    aws = awsClients('eu-central-1');
    run = {
      provider: awsProvider({ poll: 50, patience: patient(120_000), signinUrl: `${moto.endpoint}/no-such-door` }),
      work: sshHostWork,
      reporter,
      signal: new AbortController().signal,
      parallel: 2,
      supplies: ownSupplies(undefined as never),
      showHosts: () => reporter,
      failureOf: (error, host) => failureOf(error, host, { aborted: false, verbose: true }),
    };
    const ranges = ['203.0.113.0/24'];
    const access = { ssh: ranges, api: ranges, apps: ranges, awsAccounts: true };
    const file = { name: 'demo', provider: 'aws', attendees: ['ana', 'b'], lifetime: '3h', access };
    const lab = parseLab(JSON.stringify({ ...file, aws: { region: 'eu-central-1', image: moto.imageId } }), 'lab.yaml');
    await using opened = await openStateFor(lab, 'lab up');
    await run.provider.up(changingContext(run, lab, opened));
  });
  after(async () => {
    process.env = env;
    await moto?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const output = () => join(folder, 'handout');
  const looking = async (changes: Partial<LabContext['state']> = {}): Promise<LabContext> => {
    const state = await requireState('demo');
    return lookingContext(run, state.lab, { ...state, ...changes });
  };
  /** What the file of an attendee sets in a shell. */
  const variablesOf = async (attendee: string): Promise<Record<string, string>> => {
    const text = await readFile(join(output(), `${attendee}.aws`), 'utf8');
    return Object.fromEntries([...text.matchAll(/^export (\w+)='([^'\n]+)'$/gm)].map(([, name, value]) => [name!, value!]));
  };
  const identityOf = async (variables: Record<string, string>): Promise<string> => {
    const sts = new STSClient({
      region: variables['AWS_REGION']!,
      credentials: {
        accessKeyId: variables['AWS_ACCESS_KEY_ID']!,
        secretAccessKey: variables['AWS_SECRET_ACCESS_KEY']!,
        sessionToken: variables['AWS_SESSION_TOKEN']!,
      },
    });
    try {
      return (await sts.send(new GetCallerIdentityCommand({}))).Arn ?? '';
    } finally {
      sts.destroy();
    }
  };

  test('is of their own role, whose boundary is that of the lab, until the end of the lab', async () => {
    const { sheets, expires } = await labHandout(run, 'demo', { output: output() });
    assert.deepEqual(
      sheets.map(({ attendee, access }) => [attendee, access?.file, access?.note]),
      [
        ['ana', 'ana.aws', undefined],
        ['b', 'b.aws', undefined],
      ],
    );
    for (const { access } of sheets) {
      const before = Date.parse(expires) - Date.parse(access!.expires);
      assert.ok(before >= 0 && before < 60_000, `${access!.expires}, and the lab ends at ${expires}`);
    }
    const state = await requireState('demo');
    const { StackResources = [] } = await aws.cloudformation.send(
      new DescribeStackResourcesCommand({ StackName: 'oo-lab-demo-access' }),
    );
    const boundary = StackResources.find(({ ResourceType }) => ResourceType === 'AWS::IAM::ManagedPolicy')?.PhysicalResourceId;
    assert.match(boundary ?? '', /:policy\/oo-lab-demo-boundary-/);
    for (const [attendee, session] of [
      ['ana', 'ana'],
      ['b', 'b-'],
    ] as const) {
      const RoleName = attendeeRoleName(state, attendee);
      const arn = await identityOf(await variablesOf(attendee));
      assert.equal(arn, `arn:aws:sts::123456789012:assumed-role/${RoleName}/${session}`);
      const { Role } = await aws.iam.send(new GetRoleCommand({ RoleName }));
      assert.equal(Role?.PermissionsBoundary?.PermissionsBoundaryArn, boundary);
      const trust = JSON.parse(decodeURIComponent(Role!.AssumeRolePolicyDocument!)) as { Statement: { Condition: object }[] };
      assert.deepEqual(trust.Statement[0]!.Condition, { StringEquals: { 'sts:RoleSessionName': session } });
    }
    const { PolicyVersion } = await aws.iam.send(new GetPolicyVersionCommand({ PolicyArn: boundary, VersionId: 'v1' }));
    const allowed = decodeURIComponent(PolicyVersion!.Document!);
    assert.ok(allowed.includes(state.id) && allowed.includes(state.expires), allowed);
    assert.doesNotMatch(allowed, /iam:|sts:|RunInstances|Terminate/);
  });

  test('is new with each handout, and known to nobody but its files', async () => {
    await labHandout(run, 'demo', { output: output() });
    const first = await variablesOf('ana');
    await labHandout(run, 'demo', { output: output(), attendee: 'ana' });
    const second = await variablesOf('ana');
    assert.notEqual(second['AWS_ACCESS_KEY_ID'], first['AWS_ACCESS_KEY_ID']);
    assert.deepEqual(
      (await readdir(output())).filter((name) => name.startsWith('b.')),
      [],
    );
    assert.equal((await stat(join(output(), 'ana.aws'))).mode & 0o777, 0o600);
    assert.equal((await stat(output())).mode & 0o777, 0o700);
    const state = await requireState('demo');
    const elsewhere = [
      JSON.stringify(reporter.events),
      await readFile(stateFile(state.folder), 'utf8'),
      await readFile(join(output(), 'handout.json'), 'utf8'),
      await readFile(join(output(), 'handout.csv'), 'utf8'),
    ];
    for (const secret of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] as const) {
      for (const text of elsewhere) assert.ok(!text.includes(second[secret]!), secret);
    }
  });

  test('without a link into the console, where none can be had: a note says why', async () => {
    const { sheets } = await labHandout(run, 'demo', { output: output(), console: true });
    assert.match(sheets[0]?.access?.note ?? '', /^no link into the console: localhost:\d+ answers \d+|answers something else$/);
    assert.match(await identityOf(await variablesOf('ana')), /assumed-role/);
  });

  test('is refused by the name of the permission, and no handout is touched', async () => {
    const before = await variablesOf('ana');
    await moto.fault({ action: 'sts:AssumeRole', kind: 'deny' });
    await assert.rejects(labHandout(run, 'demo', { output: output() }), {
      code: 'AWS_DENIED',
      message: /^sts:AssumeRole is not allowed to you: oo-install cannot get access to AWS for (ana|b) \(the role oo-lab-demo-/,
    });
    await moto.clearFaults();
    assert.deepEqual(await variablesOf('ana'), before);
  });

  test('ends with the lab: of one that is over nothing is asked for', async () => {
    const context = await looking({ expires: '2020-01-01T00:00:00.000Z' });
    await moto.clearCalls();
    await assert.rejects(run.provider.access!(context, { attendees: ['ana'], console: false }), { code: 'LAB_OVER' });
    assert.ok(!(await moto.calls()).some(({ action }) => action === 'sts:AssumeRole'));
  });
});
