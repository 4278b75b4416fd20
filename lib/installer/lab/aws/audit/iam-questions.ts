import {
  ListInstanceProfileTagsCommand,
  ListPolicyTagsCommand,
  ListRoleTagsCommand,
  ListUserTagsCommand,
  paginateListInstanceProfiles,
  paginateListPolicies,
  paginateListRoles,
  paginateListUsers,
} from '@aws-sdk/client-iam';
import type { LabResource } from '../../provider.ts';
import { all, isOurs, type LabIdentity, type Question, type Tags } from './question.ts';

/**
 * IAM lists tell no tags, and a list may be of thousands: only what is called as CloudFormation or we call things of this lab is asked for
 * its tags, which decide. The names of a lab are all below `oo-lab-NAME`.
 */
async function ours<Item>(
  type: string,
  items: readonly Item[],
  lab: LabIdentity,
  read: { name: (item: Item) => string; id: (item: Item) => string; tags: (item: Item) => Promise<Tags> },
): Promise<LabResource[]> {
  const left: LabResource[] = [];
  for (const item of items.filter((each) => read.name(each).startsWith(`oo-lab-${lab.name}`))) {
    if (isOurs(await read.tags(item), lab)) left.push({ type, id: read.id(item), detail: read.name(item) });
  }
  return left;
}

export const iamQuestions: readonly Question[] = [
  {
    type: 'user',
    ask: async ({ iam }, lab) =>
      ours('user', await all(paginateListUsers({ client: iam }, {}), ({ Users }) => Users), lab, {
        name: ({ UserName }) => UserName ?? '',
        id: ({ Arn }) => Arn ?? '',
        tags: async ({ UserName }) => (await iam.send(new ListUserTagsCommand({ UserName }))).Tags,
      }),
  },
  {
    type: 'role',
    ask: async ({ iam }, lab) =>
      ours('role', await all(paginateListRoles({ client: iam }, {}), ({ Roles }) => Roles), lab, {
        name: ({ RoleName }) => RoleName ?? '',
        id: ({ Arn }) => Arn ?? '',
        tags: async ({ RoleName }) => (await iam.send(new ListRoleTagsCommand({ RoleName }))).Tags,
      }),
  },
  {
    type: 'instance profile',
    ask: async ({ iam }, lab) =>
      ours(
        'instance profile',
        await all(paginateListInstanceProfiles({ client: iam }, {}), (page) => page.InstanceProfiles),
        lab,
        {
          name: ({ InstanceProfileName }) => InstanceProfileName ?? '',
          id: ({ Arn }) => Arn ?? '',
          // CloudFormation tags no profile: one is of the lab when a role in it is.
          tags: async ({ InstanceProfileName, Roles = [] }) => {
            const { Tags = [] } = await iam.send(new ListInstanceProfileTagsCommand({ InstanceProfileName }));
            const roles = await Promise.all(Roles.map(({ RoleName }) => iam.send(new ListRoleTagsCommand({ RoleName }))));
            return [...Tags, ...roles.flatMap((answer) => answer.Tags ?? [])];
          },
        },
      ),
  },
  {
    type: 'policy',
    ask: async ({ iam }, lab) =>
      ours('policy', await all(paginateListPolicies({ client: iam }, { Scope: 'Local' }), ({ Policies }) => Policies), lab, {
        name: ({ PolicyName }) => PolicyName ?? '',
        id: ({ Arn }) => Arn ?? '',
        tags: async ({ Arn }) => (await iam.send(new ListPolicyTagsCommand({ PolicyArn: Arn }))).Tags,
      }),
  },
];
