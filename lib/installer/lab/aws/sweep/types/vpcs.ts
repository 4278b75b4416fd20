import { DeleteVpcCommand, paginateDescribeVpcs } from '@aws-sdk/client-ec2';
import type { AwsClients } from '../../clients.ts';
import type { LabIdentity } from '../../lab-identity.ts';
import { found, own } from '../ownership.ts';
import type { LabScope, Sweeper } from '../sweeper.ts';

export const vpcs: Sweeper = {
  type: 'VPC',
  dependsOn: ['instance', 'security group', 'internet gateway', 'route table', 'network ACL', 'subnet', 'VPC endpoint'],
  async find({ ec2 }, scope) {
    const all = await own(scope, async (Filters) => {
      const pages = await Array.fromAsync(paginateDescribeVpcs({ client: ec2 }, { Filters }));
      return pages.flatMap(({ Vpcs = [] }) => Vpcs);
    });
    return all.map(({ VpcId, CidrBlock, Tags }) => found('VPC', VpcId, CidrBlock, Tags));
  },
  remove: ({ ec2 }, { id }) => ec2.send(new DeleteVpcCommand({ VpcId: id })),
};

/** Where a lab is swept, as the account is now. */
export async function scopeOf(aws: AwsClients, lab: LabIdentity): Promise<LabScope> {
  const ours = await vpcs.find(aws, { lab, vpcs: [] });
  return { lab, vpcs: ours.map(({ id }) => id) };
}
