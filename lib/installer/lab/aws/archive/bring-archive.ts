import type { InstanceTypeInfo } from '@aws-sdk/client-ec2';
import { stackName } from '../../../../stacks/lab-definition.ts';
import type { KeptBundle } from '../../../artifacts/site-bundle/kept-bundle.ts';
import type { LabContext } from '../../provider.ts';
import type { AwsAccount } from '../account.ts';
import { definitionOf, type DefinitionParts } from '../definition.ts';
import { deploy } from '../deploy.ts';
import type { AwsOptions, Waiting } from '../options.ts';
import { synthesise } from '../synthesis.ts';
import { archivePlace, makeLabArchive } from './lab-archive.ts';
import { storeObject } from './store-object.ts';

/** A lab whose hosts install themselves: what they fetch, and where it is going to be. */
export interface SettledArchive {
  readonly archive: KeptBundle;
  readonly install: ReturnType<typeof archivePlace>;
}

/** Makes what hosts install themselves from, for the architecture of their instance type. undefined: oo-install installs over SSH. */
export async function settleArchive(
  { region }: AwsAccount,
  { lab, state, report }: LabContext,
  type: InstanceTypeInfo,
  { archive: options = {} }: AwsOptions,
): Promise<SettledArchive | undefined> {
  if (lab.aws.install !== 's3') return undefined;
  const architectures: readonly string[] = type.ProcessorInfo?.SupportedArchitectures ?? [];
  const architecture = architectures.includes('arm64') ? 'arm64' : 'amd64';
  const { images } = lab.settings;
  const archive = await makeLabArchive({ ...options, architecture, anyDistro: lab.aws.image !== undefined, images }, report);
  return { archive, install: archivePlace(state, region, archive.sha256) };
}

/** Has the lab's bucket made, and the archive in it, before there is a host that would look for it. */
export async function bringArchive(
  where: AwsAccount,
  context: LabContext,
  parts: DefinitionParts,
  { archive, install }: SettledArchive,
  { poll, partSize }: Pick<Waiting, 'poll'> & { readonly partSize: number | undefined },
): Promise<void> {
  const { lab, report, signal } = context;
  await using wanted = await synthesise(definitionOf(context, parts));
  await deploy(where, wanted, context, { poll, only: [stackName(lab, 'network'), stackName(lab, 'access')] });
  const subject = install.bucket;
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
  const onProgress = (bytes: number): void =>
    report({ subject, state: 'running', message: `${megabytes(bytes)} of ${megabytes(archive.size)} MB are uploaded` });
  const done = await storeObject(where, install, archive, { signal, onProgress, partSize });
  const message = done === 'there' ? 'has what hosts install themselves from already' : 'has what hosts install themselves from';
  report({ subject, state: 'done', message });
}
