import { DeleteLaunchTemplateCommand, paginateDescribeLaunchTemplates } from '@aws-sdk/client-ec2';
import { found, own } from '../ownership.ts';
import type { Sweeper } from '../sweeper.ts';

export const launchTemplates: Sweeper = {
  type: 'launch template',
  dependsOn: [],
  async find({ ec2 }, scope) {
    const all = await own(scope, async (Filters) => {
      const pages = await Array.fromAsync(paginateDescribeLaunchTemplates({ client: ec2 }, { Filters }));
      return pages.flatMap(({ LaunchTemplates = [] }) => LaunchTemplates);
    });
    return all.map((each) => found('launch template', each.LaunchTemplateId, each.LaunchTemplateName, each.Tags));
  },
  remove: ({ ec2 }, { id }) => ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: id })),
};
