import { type App, type StackProps, Tags } from 'aws-cdk-lib/core';
import { AccessStack } from './access-stack.ts';
import { checkDefinition } from './check-definition.ts';
import { emptyApp, type EmptyAppOptions } from './empty-app.ts';
import { HostsStack } from './hosts-stack.ts';
import { type LabDefinition, labTags, stackName } from './lab-definition.ts';
import { NetworkStack } from './network-stack.ts';

/**
 * All stacks of a lab, ready to be synthesised. Nothing is looked up, and the same definition gives the same templates.
 * Every resource carries the tags of the lab.
 */
export function labApp(lab: LabDefinition, options: EmptyAppOptions = {}): App {
  const app = emptyApp(options);
  addLab(app, lab);
  return app;
}

/** @throws LAB_DEFINITION_INVALID before anything is made */
export function addLab(app: App, lab: LabDefinition): void {
  checkDefinition(lab, 'the lab');
  const props = (name: string, what: string): StackProps => ({
    stackName: name,
    description: `oo-install lab ${lab.name}: ${what}`,
    // The account is that of whose credentials deploy it; the region is the lab's.
    env: { region: lab.region },
  });
  const [networkName, accessName] = [stackName(lab, 'network'), stackName(lab, 'access')];
  const network = new NetworkStack(app, networkName, { lab, ...props(networkName, 'network') });
  const access = new AccessStack(app, accessName, { lab, ...props(accessName, 'roles') });
  const cohorts = [...new Set(lab.attendees.map(({ cohort }) => cohort))].sort((a, b) => a - b);
  for (const cohort of cohorts) {
    let first: HostsStack | undefined;
    for (let number = 1; number <= (lab.hostsPerAttendee ?? 1); number += 1) {
      const name = stackName(lab, 'hosts', cohort, number);
      const hosts = new HostsStack(app, name, { lab, cohort, number, network, access, ...props(name, 'hosts') });
      // Keys are named and not imported: an attendee who leaves takes the key out of the first stack before the others are changed.
      if (first !== undefined) hosts.addStackDependency(first);
      first ??= hosts;
    }
  }
  const tags = { [labTags.lab]: lab.name, [labTags.id]: lab.id, [labTags.expires]: lab.expires };
  for (const [key, value] of Object.entries(tags)) Tags.of(app).add(key, value);
}
