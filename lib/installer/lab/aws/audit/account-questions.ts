import { paginateDescribeStacks } from '@aws-sdk/client-cloudformation';
import { ListTagsForResourceCommand as ListLogTagsCommand, paginateDescribeLogGroups } from '@aws-sdk/client-cloudwatch-logs';
import { GetBucketTaggingCommand, paginateListBuckets } from '@aws-sdk/client-s3';
import { paginateListSchedules } from '@aws-sdk/client-scheduler';
import { ListTagsForResourceCommand as ListParameterTagsCommand, paginateDescribeParameters } from '@aws-sdk/client-ssm';
import { all, isOurs, type Question, tagsUnlessGone } from './question.ts';

/** What is neither a machine nor a permission. */
export const accountQuestions: readonly Question[] = [
  {
    type: 'stack',
    ask: async ({ cloudformation }, lab) => {
      const found = await all(paginateDescribeStacks({ client: cloudformation }, {}), ({ Stacks }) => Stacks);
      return found
        .filter((stack) => stack.StackStatus !== 'DELETE_COMPLETE' && isOurs(stack.Tags, lab))
        .map(({ StackName, StackStatus }) => ({ type: 'stack', id: StackName!, detail: StackStatus ?? '' }));
    },
  },
  {
    type: 'parameter',
    ask: async ({ ssm }, lab) => {
      const found = await all(paginateDescribeParameters({ client: ssm }, {}), ({ Parameters }) => Parameters);
      const candidates = found.filter(({ Name = '' }) => Name.includes(lab.name) || Name.includes(lab.id));
      const left = [];
      for (const { Name } of candidates) {
        const question = new ListParameterTagsCommand({ ResourceType: 'Parameter', ResourceId: Name });
        const tags = await tagsUnlessGone(ssm.send(question).then(({ TagList }) => TagList));
        if (isOurs(tags, lab)) left.push({ type: 'parameter', id: Name!, detail: '' });
      }
      return left;
    },
  },
  {
    type: 'log group',
    ask: async ({ logs }, lab) => {
      const found = await all(paginateDescribeLogGroups({ client: logs }, {}), ({ logGroups }) => logGroups);
      const left = [];
      for (const { logGroupName = '', logGroupArn, arn } of found.filter((each) => each.logGroupName?.includes(lab.name))) {
        // The older of the two forms ends with `:*`, which the question for tags refuses.
        const resourceArn = logGroupArn ?? arn?.replace(/:\*$/, '');
        const question = new ListLogTagsCommand({ resourceArn });
        const tags = await tagsUnlessGone(logs.send(question).then((answer) => answer.tags));
        if (isOurs(tags, lab)) left.push({ type: 'log group', id: logGroupName, detail: '' });
      }
      return left;
    },
  },
  {
    type: 'schedule',
    ask: async ({ scheduler }, lab) => {
      // Schedules bear no tags; the id of the lab is part of their names.
      const found = await all(
        paginateListSchedules({ client: scheduler }, { NamePrefix: `oo-lab-${lab.name}` }),
        (page) => page.Schedules,
      );
      return found
        .filter(({ Name = '' }) => Name.includes(lab.id))
        .map(({ Name, State }) => ({ type: 'schedule', id: Name!, detail: State ?? '' }));
    },
  },
  {
    type: 'bucket',
    ask: async ({ s3 }, lab) => {
      const found = await all(paginateListBuckets({ client: s3 }, {}), ({ Buckets }) => Buckets);
      const left = [];
      for (const { Name } of found.filter((each) => each.Name?.startsWith('oo-lab-'))) {
        const question = new GetBucketTaggingCommand({ Bucket: Name });
        const tags = await tagsUnlessGone(s3.send(question).then(({ TagSet }) => TagSet));
        if (isOurs(tags, lab)) left.push({ type: 'bucket', id: Name!, detail: '' });
      }
      return left;
    },
  },
];
