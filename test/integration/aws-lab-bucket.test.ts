import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  DescribeInstancesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { type Artifact, makeArtifact } from '../../lib/installer/artifacts/artifact.ts';
import { artifactErrors } from '../../lib/installer/artifacts/artifact-errors.ts';
import { hashOf } from '../../lib/installer/artifacts/cache.ts';
import { openSiteBundle } from '../../lib/installer/artifacts/site-bundle/read-bundle.ts';
import { awsProvider } from '../../lib/installer/lab/aws/aws-provider.ts';
import { type AwsClients, awsClients } from '../../lib/installer/lab/aws/clients.ts';
import type { LabProvider } from '../../lib/installer/lab/provider.ts';
import { artifactBucketName } from '../../lib/stacks/lab-definition.ts';
import { awsLab, type AwsLab, type AwsLabOptions } from '../support/aws/aws-lab.ts';
import { type Moto, motoMissing, startMoto } from '../support/aws/moto.ts';
import { ownSupplies } from '../support/own-supplies.ts';
import { seededBytes } from '../support/seeded-bytes.ts';

/** `install: s3`: the archive is in the lab's bucket before there is a host that looks for it. Judged by what S3 and EC2 tell. */
describe("a lab's bucket", { skip: motoMissing }, () => {
  const names = ['ana', 'bo'];
  const options: AwsLabOptions = { aws: { install: 's3' } };
  const env = { ...process.env };
  let moto: Moto;
  let aws: AwsClients;
  let folder: string;
  let provider: LabProvider;
  let lab: AwsLab;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oo-aws-bucket-'));
    moto = await startMoto();
    Object.assign(process.env, moto.env);
    aws = awsClients('eu-central-1');
    // A runtime of three parts and a bit; oo-install itself is the real one.
    const artifact = async (kind: Artifact['kind'], content: Buffer): Promise<Artifact> => {
      const source = join(folder, kind);
      await writeFile(source, content);
      const sha256 = createHash('sha256').update(content).digest('hex');
      return makeArtifact(kind, [{ path: 'node', mode: 0o755, source, sha256, size: content.length }]);
    };
    const runtime = await artifact('runtime', seededBytes(16 << 20, 1));
    const openshift = await artifact('openshift', Buffer.from('the daemon'));
    // Of an image of lab.yaml's own nobody knows whether it needs static builds: that there are none here stops nobody.
    const build = async (name: string): Promise<never> => {
      throw artifactErrors.BUILD_NOT_AVAILABLE(name, 'no way out');
    };
    const supplies = { ...ownSupplies({ runtime, openshift }), build };
    const archive = { cacheDir: folder, supplies, partSize: 5 << 20 };
    const audit = { patience: { timeout: 300, backoff: { base: 100, cap: 100 } } };
    provider = awsProvider({ poll: 50, patience: 120_000, audit, archive });
  });
  beforeEach(async () => {
    await moto.reset();
    lab = awsLab(moto.imageId);
  });
  after(async () => {
    process.env = env;
    await moto?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const Bucket = () => artifactBucketName(lab.state());
  const Key = () => `archives/${lab.state().aws!.archive}.bundle`;
  const instances = async (): Promise<number> => {
    const { Reservations = [] } = await aws.ec2.send(new DescribeInstancesCommand({}));
    return Reservations.flatMap(({ Instances = [] }) => Instances).filter(({ State }) => State?.Name === 'running').length;
  };
  const count = async (action: string): Promise<number> =>
    (await moto.calls()).filter((call) => call.action === action && call.refused === null).length;
  const uploads = async () => (await aws.s3.send(new ListMultipartUploadsCommand({ Bucket: Bucket() }))).Uploads ?? [];
  const stored = async () => {
    const { Body } = await aws.s3.send(new GetObjectCommand({ Bucket: Bucket(), Key: Key() }));
    return Buffer.from(await Body!.transformToByteArray());
  };
  /** What hosts are told, by the name of their template. */
  const userData = async (): Promise<readonly string[]> => {
    const { LaunchTemplates = [] } = await aws.ec2.send(new DescribeLaunchTemplatesCommand({}));
    const texts = LaunchTemplates.map(async ({ LaunchTemplateId }) => {
      const found = await aws.ec2.send(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: ['$Latest'] }));
      const packed = found.LaunchTemplateVersions![0]!.LaunchTemplateData!.UserData!;
      return gunzipSync(Buffer.from(packed, 'base64')).toString();
    });
    return Promise.all(texts);
  };

  test('has the archive, encrypted and whole, before the first host is made; hosts are told where, and nothing secret', async () => {
    await provider.up(lab.context(names, options));
    const { archive } = lab.state().aws!;
    const content = await stored();
    assert.equal(createHash('sha256').update(content).digest('hex'), archive);
    const head = await aws.s3.send(new HeadObjectCommand({ Bucket: Bucket(), Key: Key(), ChecksumMode: 'ENABLED' }));
    assert.equal(head.ServerSideEncryption, 'AES256');
    assert.match(head.ChecksumSHA256 ?? '', /-\d$/);
    const file = join(folder, 'fetched');
    await writeFile(file, content);
    const { manifest } = await openSiteBundle(file);
    assert.deepEqual(
      manifest.platforms.map(({ architecture }) => architecture),
      ['amd64'],
    );
    assert.ok(manifest.installer.files.some(({ path }) => path === 'oo-install.mjs'));

    const uploaded = lab.told.findIndex(({ subject, state }) => subject === Bucket() && state === 'done');
    const hosts = lab.told.findIndex(({ subject }) => subject === 'oo-lab-demo-hosts-0');
    assert.ok(uploaded > 0 && uploaded < hosts, `${uploaded} of ${hosts}`);
    assert.ok(lab.told.some(({ message }) => /^\d+ of 2\d MB are uploaded$/.test(message)));
    assert.ok(lab.told.some(({ message }) => /goes without static builds.* no way out/.test(message)));

    const told = await userData();
    assert.equal(told.length, 2);
    for (const text of told) {
      assert.ok([Bucket(), Key(), archive!, 'oo-install-lab-install.service'].every((word) => text.includes(word)));
      assert.doesNotMatch(text, /PRIVATE KEY|SECRET|testing/);
    }
    assert.doesNotMatch(content.toString('latin1'), new RegExp(`${lab.state().id}|AKIA[A-Z0-9]{16}`));
  });

  test('is left alone by the next up; extend tells hosts nothing else', async () => {
    await provider.up(lab.context(names, options));
    const before = await userData();
    await moto.clearCalls();
    await provider.up(lab.context(names, options));
    const changing = (await moto.calls()).filter(({ action }) =>
      /:(Create|Update|Delete|Upload|Put|Complete|Abort|Run)/.test(action),
    );
    assert.deepEqual(changing, []);
    await provider.extend(lab.context(names, options), new Date('2031-01-01T10:00:00.000Z'));
    assert.deepEqual(await userData(), before);
  });

  test('a denied upload is told by its permission, before any host is made; the next up sends only what is missing', async () => {
    await moto.fault({ action: 's3:UploadPart', kind: 'deny', after: 2 });
    await assert.rejects(provider.up(lab.context(names, options)), {
      code: 'AWS_DENIED',
      message: /^s3:UploadPart is not allowed/,
    });
    assert.equal(await instances(), 0);
    assert.equal((await uploads()).length, 1);
    await moto.clearFaults();
    await moto.clearCalls();
    await provider.up(lab.context(names, options));
    const parts = Math.ceil((await stored()).length / (5 << 20));
    assert.equal(await count('s3:UploadPart'), parts - 2);
    assert.equal(await count('s3:CreateMultipartUpload'), 0);
    assert.equal(hashOf(await stored()), lab.state().aws!.archive);
    assert.deepEqual(await uploads(), []);
    assert.equal(await instances(), 2);
  });

  test('a bucket that may not be looked into is told by its permission', async () => {
    await moto.fault({ action: 's3:HeadObject', kind: 'deny' });
    await assert.rejects(provider.up(lab.context(names, options)), { code: 'AWS_DENIED', message: /^s3:\w+ is not allowed/ });
    assert.equal(await instances(), 0);
  });

  test('Ctrl-C ends an upload at once; what it began is gone on with, and what was begun of another archive goes', async () => {
    const interrupted = new AbortController();
    const context = lab.context(names, { ...options, signal: interrupted.signal });
    const report = (event: Parameters<typeof context.report>[0]): void => {
      if (/MB are uploaded/.test(event.message)) interrupted.abort(new Error('Ctrl-C'));
    };
    const watched = { ...context, report, state: context.state, remember: context.remember };
    await assert.rejects(provider.up(watched));
    assert.equal((await uploads()).length, 1);
    assert.equal(await instances(), 0);
    await aws.s3.send(new CreateMultipartUploadCommand({ Bucket: Bucket(), Key: 'archives/older.bundle' }));
    await provider.up(lab.context(names, options));
    assert.deepEqual(await uploads(), []);
    assert.equal(hashOf(await stored()), lab.state().aws!.archive);
  });

  test('what is under the key and is not the archive is replaced', async () => {
    await provider.up(lab.context(names, options));
    await aws.s3.send(new PutObjectCommand({ Bucket: Bucket(), Key: Key(), Body: 'something else' }));
    await provider.up(lab.context(names, options));
    assert.equal(hashOf(await stored()), lab.state().aws!.archive);
  });

  test('goes with the lab, half an upload and all', async () => {
    await provider.up(lab.context(names, options));
    await aws.s3.send(new CreateMultipartUploadCommand({ Bucket: Bucket(), Key: 'archives/older.bundle' }));
    await provider.down(lab.context(names, options));
    const { Buckets = [] } = await aws.s3.send(new ListBucketsCommand({}));
    assert.deepEqual(
      Buckets.filter(({ Name = '' }) => Name.startsWith('oo-lab-')),
      [],
    );
    const { clean, asked, errors } = await provider.audit(lab.context(names, options));
    assert.ok(clean, JSON.stringify([asked.filter(({ left }) => left.length > 0), errors]));
  });
});
