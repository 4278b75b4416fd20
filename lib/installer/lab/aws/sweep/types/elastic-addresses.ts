import { DescribeAddressesCommand, DisassociateAddressCommand, ReleaseAddressCommand } from '@aws-sdk/client-ec2';
import { found, own } from '../ownership.ts';
import type { Sweeper } from '../sweeper.ts';

/** Only those with the lab's tags: an address of others at one of our hosts falls free with the host, and stays theirs. */
export const elasticAddresses: Sweeper = {
  type: 'elastic address',
  dependsOn: ['instance', 'NAT gateway'],
  async find({ ec2 }, scope) {
    const all = await own(scope, async (Filters) => (await ec2.send(new DescribeAddressesCommand({ Filters }))).Addresses ?? []);
    return all.map(({ AllocationId, PublicIp, Tags }) => found('elastic address', AllocationId, PublicIp, Tags));
  },
  async remove({ ec2 }, { id }) {
    const { Addresses = [] } = await ec2.send(new DescribeAddressesCommand({ AllocationIds: [id] }));
    const association = Addresses[0]?.AssociationId;
    if (association !== undefined) await ec2.send(new DisassociateAddressCommand({ AssociationId: association }));
    await ec2.send(new ReleaseAddressCommand({ AllocationId: id }));
  },
};
