import type { InstanceTypeInfo } from '@aws-sdk/client-ec2';
import type { LabContext } from '../provider.ts';
import type { AwsAccount } from './account.ts';
import { archivePlace } from './archive/lab-archive.ts';
import { asksForOwnAddress, type DefinitionParts } from './definition.ts';
import { imageOf, instanceTypeOf } from './lab-image.ts';
import type { AwsOptions } from './options.ts';
import { ownRange } from './own-address.ts';

/** What has to be asked before a lab's stacks can be made. Changes nothing. */
export async function askParts(
  where: AwsAccount,
  context: Pick<LabContext, 'lab' | 'state'>,
  { addressUrl }: AwsOptions,
): Promise<DefinitionParts & { readonly type: InstanceTypeInfo }> {
  const type = await instanceTypeOf(where, context.lab);
  const [image, operatorRange] = await Promise.all([
    imageOf(where, context, type),
    asksForOwnAddress(context) ? ownRange(addressUrl) : '',
  ]);
  return { region: where.region, image, operatorRange, type };
}

/** Keeps with the lab what must not change while it is there, and by whom it was opened. */
export async function rememberParts(
  where: AwsAccount,
  context: LabContext,
  { image, operatorRange, install }: DefinitionParts,
): Promise<void> {
  const { account, region } = where;
  const { imageId, rootDevice } = image;
  const archive = install === undefined ? {} : { archive: install.sha256 };
  await context.remember(() => ({ aws: { account, region, imageId, rootDevice, operatorRange, ...archive } }));
}

/** What was remembered: for changes of a lab that is there, which open no doors anew. */
export function rememberedParts({ state }: Pick<LabContext, 'state'>): DefinitionParts | undefined {
  if (state.aws === undefined) return undefined;
  const { region, imageId, rootDevice, operatorRange } = state.aws;
  return { region, image: { imageId, rootDevice }, operatorRange, ...rememberedInstall(state, region) };
}

/** Where hosts fetch the platform, as long as lab.yaml says that they do it themselves. Before the first upload nobody knows it, and nothing is made by it. */
export function rememberedInstall(state: LabContext['state'], region: string): Pick<DefinitionParts, 'install'> {
  const { aws, lab } = state;
  return lab.aws.install === 's3' ? { install: archivePlace(state, region, aws?.archive ?? notYetMade) } : {};
}

/** In place of a checksum, where only the shape of the stacks is looked at. */
const notYetMade = '0'.repeat(64);
