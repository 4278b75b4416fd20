import { paginateDescribeInstances, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { found, nameOf, ownOrInside } from '../ownership.ts';
import type { Sweeper } from '../sweeper.ts';

/** A terminated instance is listed for an hour more, and is gone. One that is protected from termination stays, and is told. */
export const instances: Sweeper = {
  type: 'instance',
  dependsOn: [],
  async find({ ec2 }, scope) {
    const list = async (Filters: object[]) => {
      const pages = await Array.fromAsync(paginateDescribeInstances({ client: ec2 }, { Filters }));
      return pages.flatMap(({ Reservations = [] }) => Reservations.flatMap(({ Instances = [] }) => Instances));
    };
    const all = await ownOrInside(scope, 'vpc-id', list, ({ InstanceId }) => InstanceId);
    return all
      .filter(({ State }) => State?.Name !== 'terminated')
      .map(({ InstanceId, State, Tags }) => found('instance', InstanceId, `${nameOf(Tags)} ${State?.Name}`.trim(), Tags));
  },
  remove: ({ ec2 }, { id }) => ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] })),
};
