import { Peer, Port, type SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Validations } from 'aws-cdk-lib/core';
import type { LabNetwork } from '../lab-definition.ts';

type Door = keyof LabNetwork['allow'];

/** `ssh` to sshd, `api` to the platform's API, `apps` to what attendees publish. */
const PORTS: Readonly<Record<Door, (network: LabNetwork) => readonly Port[]>> = {
  ssh: () => [Port.tcp(22)],
  api: ({ apiPort = 8443 }) => [Port.tcp(apiPort)],
  apps: () => [Port.tcp(80), Port.tcp(443), Port.tcpRange(30_000, 32_767)],
};
/** Rules that a range takes at each door: a security group has room for 60. */
export const DOORS: Readonly<Record<Door, number>> = { ssh: 1, api: 1, apps: 3 };

/** Lets in whom lab.yaml allows; nobody else reaches a host. */
export function openDoors(group: SecurityGroup, network: LabNetwork): void {
  for (const door of ['ssh', 'api', 'apps'] as const) {
    for (const range of new Set(network.allow[door])) {
      for (const port of PORTS[door](network)) group.addIngressRule(Peer.ipv4(range), port, `${door} from ${range}`);
    }
  }
  if (
    Object.values(network.allow)
      .flat()
      .some((range) => range.endsWith('/0'))
  ) {
    Validations.of(group).acknowledge({
      id: 'AwsSolutions-EC23',
      reason: 'lab.yaml says so: access.ssh, access.api or access.apps names everybody.',
    });
  }
}
