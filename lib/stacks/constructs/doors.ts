import { Peer, Port, type SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Validations } from 'aws-cdk-lib/core';
import type { LabNetwork } from '../lab-definition.ts';

/** Who is let in where: `ssh` to sshd, `api` to the platform's API, `apps` to what attendees publish. */
const DOORS: Readonly<Record<keyof LabNetwork['allow'], readonly Port[]>> = {
  ssh: [Port.tcp(22)],
  api: [Port.tcp(8443)],
  apps: [Port.tcp(80), Port.tcp(443), Port.tcpRange(30_000, 32_767)],
};

/** Lets in whom lab.yaml allows; nobody else reaches a host. */
export function openDoors(group: SecurityGroup, allow: LabNetwork['allow']): void {
  for (const door of ['ssh', 'api', 'apps'] as const) {
    for (const range of allow[door]) {
      const peer = range.includes(':') ? Peer.ipv6(range) : Peer.ipv4(range);
      for (const port of DOORS[door]) group.addIngressRule(peer, port, `${door} from ${range}`);
    }
  }
  const everybody = Object.values(allow)
    .flat()
    .some((range) => range.endsWith('/0'));
  if (everybody) {
    Validations.of(group).acknowledge({
      id: 'AwsSolutions-EC23',
      reason: 'lab.yaml says so: access.ssh, access.api or access.apps names everybody.',
    });
  }
}
