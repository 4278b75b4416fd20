import { DeleteLogGroupCommand, ListTagsForResourceCommand, paginateDescribeLogGroups } from '@aws-sdk/client-cloudwatch-logs';
import { labTags } from '../../../../../stacks/lab-definition.ts';
import { found } from '../ownership.ts';
import type { Found, Sweeper } from '../sweeper.ts';

/** Lists of log groups tell no tags: those that name the lab are asked for theirs, which decide. */
export const logGroups: Sweeper = {
  type: 'log group',
  dependsOn: ['instance'],
  async find({ logs }, { lab }) {
    const ours: Found[] = [];
    const pages = await Array.fromAsync(paginateDescribeLogGroups({ client: logs }, { logGroupNamePattern: lab.name }));
    for (const { logGroupName, arn = '' } of pages.flatMap((page) => page.logGroups ?? [])) {
      // The ARN of a log group ends with `:*` for its streams; the question for tags wants it without.
      const { tags = {} } = await logs.send(new ListTagsForResourceCommand({ resourceArn: arn.replace(/:\*$/, '') }));
      if (tags[labTags.lab] === lab.name && tags[labTags.id] === lab.id) ours.push(found('log group', logGroupName, ''));
    }
    return ours;
  },
  remove: ({ logs }, { id }) => logs.send(new DeleteLogGroupCommand({ logGroupName: id })),
};
