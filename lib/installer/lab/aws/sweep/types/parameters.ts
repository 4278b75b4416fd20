import { DeleteParameterCommand, paginateDescribeParameters } from '@aws-sdk/client-ssm';
import { labTags } from '../../../../../stacks/lab-definition.ts';
import { found } from '../ownership.ts';
import type { Sweeper } from '../sweeper.ts';

export const parameters: Sweeper = {
  type: 'parameter',
  dependsOn: [],
  async find({ ssm }, { lab }) {
    // These filters compare whole values, and both have to fit.
    const ParameterFilters = [
      { Key: `tag:${labTags.lab}`, Values: [lab.name] },
      { Key: `tag:${labTags.id}`, Values: [lab.id] },
    ];
    const pages = await Array.fromAsync(paginateDescribeParameters({ client: ssm }, { ParameterFilters }));
    return pages.flatMap(({ Parameters = [] }) => Parameters.map(({ Name }) => found('parameter', Name, '')));
  },
  remove: ({ ssm }, { id }) => ssm.send(new DeleteParameterCommand({ Name: id })),
};
