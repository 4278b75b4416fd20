import { DeleteVpcEndpointsCommand, paginateDescribeVpcEndpoints } from '@aws-sdk/client-ec2';
import { found, ownOrInside } from '../ownership.ts';
import type { Sweeper } from '../sweeper.ts';

export const vpcEndpoints: Sweeper = {
  type: 'VPC endpoint',
  dependsOn: [],
  async find({ ec2 }, scope) {
    const list = async (Filters: object[]) => {
      const pages = await Array.fromAsync(paginateDescribeVpcEndpoints({ client: ec2 }, { Filters }));
      return pages.flatMap(({ VpcEndpoints = [] }) => VpcEndpoints);
    };
    const all = await ownOrInside(scope, 'vpc-id', list, ({ VpcEndpointId }) => VpcEndpointId);
    return all
      .filter(({ State }) => (State as string | undefined)?.toLowerCase() !== 'deleted')
      .map(({ VpcEndpointId, ServiceName, Tags }) => found('VPC endpoint', VpcEndpointId, ServiceName, Tags));
  },
  async remove({ ec2 }, { id }) {
    // What is refused is in the answer, which is one of success.
    const { Unsuccessful = [] } = await ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] }));
    const [refused] = Unsuccessful;
    if (refused !== undefined)
      throw Object.assign(new Error(refused.Error?.Message ?? 'refused'), { name: refused.Error?.Code ?? 'Refused' });
  },
};
