import { paginateDescribeInstances, paginateDescribeVpcs } from '@aws-sdk/client-ec2';
import { GetAWSDefaultServiceQuotaCommand, GetServiceQuotaCommand } from '@aws-sdk/client-service-quotas';
import { OoError } from '../../../common/errors.ts';
import type { AwsAccount } from './account.ts';
import { askAws } from './explain-aws.ts';

/** A limit of the account in the region, and what of it is taken. */
interface Quota {
  readonly service: string;
  readonly code: string;
  readonly name: string;
  /** How much a lab needs of it, beyond what is in use. */
  readonly needs: number;
  readonly inUse: () => Promise<number>;
}

export interface QuotaWants {
  readonly instanceType: string;
  /** Of all hosts that are going to be made. */
  readonly vcpus: number;
  readonly vpcs: number;
}

export interface QuotaAnswer {
  readonly problems: readonly string[];
  /** Quotas that could not be asked: AWS will tell when it is too late. */
  readonly notes: readonly string[];
}

/** On-demand quotas by families of instances. https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html */
const FAMILIES: readonly (readonly [family: RegExp, code: string, name: string])[] = [
  [/^(a|c|d|h|i|im|is|m|r|t|z)\d/, 'L-1216C47A', 'Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances'],
  [/^(g|gr|vt)\d/, 'L-DB2E81BA', 'Running On-Demand G and VT instances'],
  [/^p\d/, 'L-417A185B', 'Running On-Demand P instances'],
  [/^x\d/, 'L-7295265B', 'Running On-Demand X instances'],
  [/^f\d/, 'L-74FC7D96', 'Running On-Demand F instances'],
  [/^inf\d/, 'L-1945791B', 'Running On-Demand Inf instances'],
];

/** Whether the account has room for a lab: what is in use is counted in EC2 itself. */
export async function checkQuotas(where: AwsAccount, wants: QuotaWants): Promise<QuotaAnswer> {
  const family = FAMILIES.find(([pattern]) => pattern.test(wants.instanceType));
  const quotas: Quota[] = [
    ...(family === undefined || wants.vcpus === 0
      ? []
      : [
          {
            service: 'ec2',
            code: family[1],
            name: `${family[2]} (vCPUs)`,
            needs: wants.vcpus,
            inUse: () => vcpusInUse(where, family[0]),
          },
        ]),
    ...(wants.vpcs === 0
      ? []
      : [{ service: 'vpc', code: 'L-F678F1CE', name: 'VPCs per Region', needs: wants.vpcs, inUse: () => vpcsInUse(where) }]),
  ];
  const answers = await Promise.all(quotas.map((quota) => checkQuota(where, quota)));
  const unknown = family === undefined ? [`no quota is known for ${wants.instanceType}: it was not looked at`] : [];
  return { problems: answers.flatMap(({ problems }) => problems), notes: [...answers.flatMap(({ notes }) => notes), ...unknown] };
}

async function checkQuota(where: AwsAccount, { service, code, name, needs, inUse }: Quota): Promise<QuotaAnswer> {
  try {
    const [limit, used] = await Promise.all([limitOf(where, service, code), inUse()]);
    if (used + needs <= limit) return { problems: [], notes: [] };
    return {
      problems: [
        `the quota "${name}" is ${limit} in ${where.region}: ${used} are in use, and the lab needs ${needs} more; ask for a higher one ` +
          `(aws service-quotas request-service-quota-increase --service-code ${service} --quota-code ${code} --desired-value ${used + needs}), ` +
          'or take fewer or smaller hosts',
      ],
      notes: [],
    };
  } catch (error) {
    // Whoever may make hosts and not read quotas makes hosts all the same; that the session has ended is another matter.
    if (!(error instanceof OoError && error.code === 'AWS_DENIED')) throw error;
    return { problems: [], notes: [`the quota "${name}" was not looked at: ${error.message}`] };
  }
}

async function limitOf({ aws, region }: AwsAccount, ServiceCode: string, QuotaCode: string): Promise<number> {
  const wanted = { ServiceCode, QuotaCode };
  return askAws('read the quotas of the account', region, async () => {
    try {
      return (await aws.quotas.send(new GetServiceQuotaCommand(wanted))).Quota?.Value ?? Infinity;
    } catch (error) {
      // One that was never changed has the value of everybody's.
      if (!(error instanceof Error && error.name === 'NoSuchResourceException')) throw error;
      return (await aws.quotas.send(new GetAWSDefaultServiceQuotaCommand(wanted))).Quota?.Value ?? Infinity;
    }
  });
}

async function vcpusInUse({ aws, region }: AwsAccount, family: RegExp): Promise<number> {
  const running = { Name: 'instance-state-name', Values: ['pending', 'running'] };
  const pages = await askAws('count the instances of the account', region, () =>
    Array.fromAsync(paginateDescribeInstances({ client: aws.ec2 }, { Filters: [running] })),
  );
  return pages
    .flatMap(({ Reservations = [] }) => Reservations)
    .flatMap(({ Instances = [] }) => Instances)
    .filter(({ InstanceType = '' }) => family.test(InstanceType))
    .reduce((sum, { CpuOptions }) => sum + (CpuOptions?.CoreCount ?? 1) * (CpuOptions?.ThreadsPerCore ?? 1), 0);
}

async function vpcsInUse({ aws, region }: AwsAccount): Promise<number> {
  const pages = await askAws('count the VPCs of the account', region, () =>
    Array.fromAsync(paginateDescribeVpcs({ client: aws.ec2 }, {})),
  );
  return pages.flatMap(({ Vpcs = [] }) => Vpcs).length;
}
