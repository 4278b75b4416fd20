import type { App } from 'aws-cdk-lib/core';
import { hostNames, type LabDefinition } from '../../../lib/stacks/lab-definition.ts';

/** A public key whose private half nobody has kept. */
export const samplePublicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';

/** A lab of `names`, with user data that names its host. */
export function sampleLab(names: readonly string[], changes: Partial<LabDefinition> = {}): LabDefinition {
  const attendees = names.map((name, index) => ({ name, publicKey: samplePublicKey, cohort: Math.floor(index / 50) }));
  const hosts = hostNames({ attendees, ...changes });
  return {
    name: 'demo',
    id: '0123456789ab',
    region: 'eu-central-1',
    attendees,
    expires: '2026-11-27T17:00:00Z',
    network: { allow: { ssh: ['203.0.113.7/32'], api: ['203.0.113.0/24'], apps: ['198.51.100.0/24'] } },
    host: {
      instanceType: 't3.medium',
      imageId: 'ami-04681a1dbd79675a5',
      rootDisk: 20,
      dockerDisk: 30,
      userData: Object.fromEntries(
        hosts.map((host) => [host, Buffer.from(`#cloud-config\nhostname: ${host}\n`).toString('base64')]),
      ),
    },
    ...changes,
  };
}

export interface TemplateResource {
  readonly Type: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever CloudFormation takes
  readonly Properties: any;
  readonly DeletionPolicy?: string;
}
export interface SynthesisedTemplate {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Outputs?: Readonly<Record<string, unknown>>;
}

/** The templates of an app by the names of their stacks. */
export function templatesOf(app: App): ReadonlyMap<string, SynthesisedTemplate> {
  return new Map(app.synth().stacks.map((stack) => [stack.stackName, stack.template as SynthesisedTemplate]));
}

/** The properties of all resources of one kind. */
export function propertiesOf(template: SynthesisedTemplate | undefined, kind: string): readonly TemplateResource['Properties'][] {
  return Object.values(template?.Resources ?? {})
    .filter(({ Type }) => Type === kind)
    .map(({ Properties }) => Properties);
}

export function tagsOf(properties: { readonly Tags?: readonly { readonly Key: string; readonly Value: string }[] }) {
  return Object.fromEntries((properties.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
}
