import { DeleteScheduleCommand, paginateListSchedules } from '@aws-sdk/client-scheduler';
import { found } from '../ownership.ts';
import type { Sweeper } from '../sweeper.ts';

/** Schedules bear no tags: the name holds both keys, `oo-lab-NAME-...-ID` with the whole id as a word of its own. */
export const schedules: Sweeper = {
  type: 'schedule',
  dependsOn: [],
  async find({ scheduler }, { lab }) {
    const pages = await Array.fromAsync(paginateListSchedules({ client: scheduler }, { NamePrefix: `oo-lab-${lab.name}-` }));
    return pages
      .flatMap(({ Schedules = [] }) => Schedules)
      .filter(({ Name = '' }) => Name.startsWith(`oo-lab-${lab.name}-`) && Name.split('-').includes(lab.id))
      .map(({ Name, GroupName, State }) => found('schedule', `${GroupName}/${Name}`, State));
  },
  remove({ scheduler }, { id }) {
    const [GroupName, Name] = id.split('/');
    return scheduler.send(new DeleteScheduleCommand({ GroupName, Name }));
  },
};
