import { DescribeImagesCommand, DescribeInstanceTypesCommand, type Image, type InstanceTypeInfo } from '@aws-sdk/client-ec2';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import type { Lab } from '../../config/lab-schema.ts';
import type { LabState } from '../state/lab-state.ts';
import type { AwsAccount } from './account.ts';
import { awsErrors } from './aws-errors.ts';
import { askAws } from './explain-aws.ts';

/** What hosts are made of; settled when the lab is first put up. */
export interface LabImage {
  readonly imageId: string;
  /** `/dev/xvda` */
  readonly rootDevice: string;
}

/** https://docs.aws.amazon.com/linux/al2023/ug/ec2.html: names of public parameters, by the architecture as EC2 calls it. */
const newest = (architecture: string): string => `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${architecture}`;

/** What EC2 says of the lab's instance type. @throws OoError LAB_INSTANCE_TYPE_UNKNOWN */
export async function instanceTypeOf({ aws, region }: AwsAccount, lab: Lab): Promise<InstanceTypeInfo> {
  const { instanceType } = lab.aws;
  const filter = { Name: 'instance-type', Values: [instanceType] };
  const { InstanceTypes = [] } = await askAws(`look up ${instanceType}`, region, () =>
    aws.ec2.send(new DescribeInstanceTypesCommand({ Filters: [filter] })),
  );
  const found = InstanceTypes.find(({ InstanceType }) => InstanceType === instanceType);
  if (found === undefined) throw awsErrors.LAB_INSTANCE_TYPE_UNKNOWN(instanceType, region);
  return found;
}

/**
 * The pinned image; before there is one, lab.yaml's or the newest Amazon Linux 2023 for the instance type. Looked at in EC2: what would fail
 * when hosts are made is refused here. @throws OoError LAB_IMAGE_UNFIT
 */
export async function imageOf(
  where: AwsAccount,
  { lab, state }: { readonly lab: Lab; readonly state: LabState },
  type: InstanceTypeInfo,
): Promise<LabImage> {
  const { aws: pinned } = state;
  const wanted = lab.aws.image;
  if (pinned !== undefined && (wanted === undefined || wanted === pinned.imageId)) return pinned;
  const architectures: readonly string[] = type.ProcessorInfo?.SupportedArchitectures ?? [];
  const imageId = wanted ?? (await newestImage(where, architectures.includes('arm64') ? 'arm64' : 'x86_64'));
  const image = await lookUp(where, imageId);
  const problem = unfit(image, lab, architectures);
  if (problem !== undefined) throw awsErrors.LAB_IMAGE_UNFIT(imageId, problem);
  return { imageId, rootDevice: image!.RootDeviceName! };
}

async function newestImage({ aws, region }: AwsAccount, architecture: string): Promise<string> {
  const Name = newest(architecture);
  const { Parameter } = await askAws('ask for the newest Amazon Linux 2023', region, () =>
    aws.ssm.send(new GetParameterCommand({ Name })),
  );
  return Parameter?.Value ?? '';
}

async function lookUp({ aws, region }: AwsAccount, imageId: string): Promise<Image | undefined> {
  const filter = { Name: 'image-id', Values: [imageId] };
  const { Images = [] } = await askAws(`look up the image ${imageId}`, region, () =>
    aws.ec2.send(new DescribeImagesCommand({ Filters: [filter] })),
  );
  return Images[0];
}

function unfit(image: Image | undefined, lab: Lab, architectures: readonly string[]): string | undefined {
  if (image === undefined) return 'there is none of that id in this region, or this account may not use it';
  if (image.State !== 'available') return `it is ${image.State}`;
  const { Architecture = '', RootDeviceName = '', RootDeviceType } = image;
  if (architectures.length > 0 && !architectures.includes(Architecture))
    return `it is for ${Architecture}, and ${lab.aws.instanceType} is ${architectures.join(' or ')}`;
  if (RootDeviceType !== 'ebs') return 'its root is no EBS volume';
  if (!/^\/dev\/(sd|xvd)a1?$/.test(RootDeviceName)) return `its root device is ${RootDeviceName}`;
  const root = image.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === RootDeviceName);
  const needs = root?.Ebs?.VolumeSize ?? 0;
  return needs > lab.aws.rootDisk ? `its root needs ${needs} GiB, and aws.rootDisk is ${lab.aws.rootDisk}` : undefined;
}
