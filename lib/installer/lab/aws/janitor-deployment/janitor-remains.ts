import { paginateDescribeLogGroups } from '@aws-sdk/client-cloudwatch-logs';
import { paginateListRoles } from '@aws-sdk/client-iam';
import { paginateListFunctions } from '@aws-sdk/client-lambda';
import { paginateListSchedules } from '@aws-sdk/client-scheduler';
import { paginateListTopics } from '@aws-sdk/client-sns';
import { paginateGetParametersByPath } from '@aws-sdk/client-ssm';
import { JANITOR_RECORDS, JANITOR_STACK } from '../../../../stacks/lab-definition.ts';
import type { LabResource } from '../../provider.ts';
import type { AwsAccount } from '../account.ts';
import { janitorClients } from './janitor-clients.ts';
import { askAws } from '../explain-aws.ts';
import { lookAtJanitor } from './look-at-janitor.ts';

/** What CloudFormation calls what is in the stack, where it chooses the name. */
const ofStack = (name: string | undefined): boolean => name?.startsWith(`${JANITOR_STACK}-`) === true;

type Question = readonly [type: string, ask: (where: AwsAccount) => Promise<readonly (string | undefined)[]>];

/** Everything that a janitor is made of, asked for by name and not through its stack: what its stack has lost is found too. */
const questions: readonly Question[] = [
  ['stack', async (where) => ((await lookAtJanitor(where)) === undefined ? [] : [JANITOR_STACK])],
  [
    'function',
    async ({ region }) => {
      const pages = await Array.fromAsync(paginateListFunctions({ client: janitorClients(region).lambda }, {}));
      return pages
        .flatMap(({ Functions = [] }) => Functions.map((each) => each.FunctionName))
        .filter((name) => name === JANITOR_STACK);
    },
  ],
  [
    'schedule',
    async ({ aws }) => {
      const pages = await Array.fromAsync(paginateListSchedules({ client: aws.scheduler }, { NamePrefix: JANITOR_STACK }));
      return pages.flatMap(({ Schedules = [] }) => Schedules.map((each) => each.Name)).filter((name) => name === JANITOR_STACK);
    },
  ],
  [
    'topic',
    async ({ region }) => {
      const pages = await Array.fromAsync(paginateListTopics({ client: janitorClients(region).sns }, {}));
      return pages
        .flatMap(({ Topics = [] }) => Topics.map((each) => each.TopicArn))
        .filter((topic) => ofStack(topic?.split(':').at(-1)));
    },
  ],
  [
    'role',
    async ({ aws }) => {
      const pages = await Array.fromAsync(paginateListRoles({ client: aws.iam }, {}));
      return pages.flatMap(({ Roles = [] }) => Roles.map((each) => each.RoleName)).filter(ofStack);
    },
  ],
  [
    'log group',
    async ({ aws }) => {
      const name = `/oo-install/${JANITOR_STACK}`;
      const pages = await Array.fromAsync(paginateDescribeLogGroups({ client: aws.logs }, { logGroupNamePrefix: name }));
      return pages.flatMap((page) => page.logGroups ?? []).flatMap((each) => (each.logGroupName === name ? [name] : []));
    },
  ],
  ['parameter', janitorRecords],
];

/** Names of what it remembers of labs. */
export async function janitorRecords({ aws }: AwsAccount): Promise<readonly string[]> {
  const pages = paginateGetParametersByPath({ client: aws.ssm }, { Path: JANITOR_RECORDS, Recursive: true });
  return (await Array.fromAsync(pages)).flatMap(({ Parameters = [] }) => Parameters.flatMap(({ Name }) => Name ?? []));
}

/** What is there of a janitor. @throws what explainAws makes: a question that is not answered is no answer */
export async function janitorRemains(where: AwsAccount): Promise<readonly LabResource[]> {
  const answers = await Promise.all(
    questions.map(async ([type, ask]) => {
      const found = await askAws(`ask for the janitor's ${type}`, where.region, () => ask(where));
      return found.map((id) => ({ type, id: id ?? '', detail: '' }));
    }),
  );
  return answers.flat();
}
