import { CfnInstance, CfnLaunchTemplate } from 'aws-cdk-lib/aws-ec2';
import { Tags, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { LabAccess } from '../access-stack.ts';
import { DOCKER_DEVICE, hostName, keyPairName, type LabAttendee, type LabDefinition, labTags } from '../lab-definition.ts';
import type { HostNetwork } from '../network-stack.ts';
import { spreadOver } from './spread.ts';

export interface LabHostProps {
  readonly lab: LabDefinition;
  readonly attendee: LabAttendee;
  /** From 1. */
  readonly number: number;
  readonly network: HostNetwork;
  readonly access: LabAccess;
}

/**
 * One host: a launch template that says how it boots, and the instance. What a host was launched with is never changed behind an
 * attendee's back: the instance stays with version 1 of its template, so a changed template is for hosts that are made later. A host is
 * replaced by a new generation of it (LabHostDefinition.generations), and by nothing else.
 */
export class LabHost extends Construct {
  constructor(scope: Construct, id: string, props: LabHostProps) {
    super(scope, id);
    const { lab, attendee, network, access } = props;
    const name = hostName(attendee.name, props.number);
    const generation = lab.host.generations?.[name] ?? 0;
    const made = new Construct(this, `Generation${generation}`);
    const tags = { Name: `oo-lab-${lab.name}-${name}`, [labTags.attendee]: attendee.name, [labTags.host]: name };
    const keyName = keyPairName(lab, attendee);
    const template = new CfnLaunchTemplate(made, 'Template', {
      launchTemplateData: {
        imageId: lab.host.imageId,
        ...(keyName === undefined ? {} : { keyName }),
        iamInstanceProfile: { name: access.instanceProfileName },
        securityGroupIds: [network.securityGroupId],
        // Session tokens only, which no packet forwarded by Docker can ask for: pods do not get at the host's role.
        metadataOptions: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1 },
        blockDeviceMappings: [
          volume(lab.host.rootDevice ?? '/dev/xvda', lab.host.rootDisk),
          volume(DOCKER_DEVICE, lab.host.dockerDisk),
        ],
        // An attendee who types poweroff stops the host, and does not lose it.
        instanceInitiatedShutdownBehavior: 'stop',
        userData: lab.host.userData[name]!,
      },
      // The end of the lab is not among them: it moves, and a tag of a template that changes makes a new version of it.
      tagSpecifications: [
        {
          resourceType: 'launch-template',
          tags: Object.entries({ [labTags.lab]: lab.name, [labTags.id]: lab.id, ...tags }).map(([key, value]) => ({
            key,
            value,
          })),
        },
      ],
    });
    const instance = new CfnInstance(made, 'Instance', {
      launchTemplate: { launchTemplateId: template.ref, version: '1' },
      instanceType: lab.host.instanceType,
      subnetId: spreadOver(network.subnetIds, name),
      propagateTagsToVolumeOnCreation: true,
    });
    for (const [key, value] of Object.entries(tags)) Tags.of(instance).add(key, value);
    Validations.of(instance).acknowledge(
      {
        id: 'AwsSolutions-EC28',
        reason: 'A minute more or less of metrics is of no use in a lab of hours, and is charged per host.',
      },
      {
        id: 'AwsSolutions-EC29',
        reason: 'lab down and the janitor have to be able to take the host away; poweroff only stops it.',
      },
    );
  }
}

/** Encrypted with the account's own key of EBS, and gone with its host: AMIs and EC2 decide otherwise where nothing is said. */
function volume(deviceName: string, size: number): CfnLaunchTemplate.BlockDeviceMappingProperty {
  return { deviceName, ebs: { volumeSize: size, volumeType: 'gp3', encrypted: true, deleteOnTermination: true } };
}
