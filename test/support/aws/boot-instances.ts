import { gunzipSync } from 'node:zlib';
import { DescribeInstanceAttributeCommand, DescribeInstancesCommand, type EC2Client, type Instance } from '@aws-sdk/client-ec2';
import { eventually } from '../eventually.ts';
import { type LoopDisk, makeLoopDisk } from '../hosts/loop-disk.ts';
import { startTestHost, type TestHost } from '../test-host.ts';
import type { Moto } from './moto.ts';

const gibi = 2 ** 30;

/** Instances of the emulated account as real servers: containers that boot by cloud-init. Disposing of it removes them. */
export interface BootedInstances extends AsyncDisposable {
  /** Boots the next `count` instances that come up, with the user data and the volume that they have on EC2; then their consoles tell their keys. */
  bootNext(count: number): Promise<void>;
  /** EC2 gives an instance that is started another address: those of the servers, once they have all been started. */
  readdress(): Promise<void>;
}

/** The account's hosts say nothing on their consoles from now on, until they have really booted. */
export async function bootInstances(moto: Moto, ec2: EC2Client): Promise<BootedInstances> {
  await moto.keepSilent(true);
  /** By the instance's id. */
  const hosts = new Map<string, TestHost>();
  const known = new Set<string>();
  const disks: LoopDisk[] = [];

  async function boot(instance: Instance): Promise<void> {
    const InstanceId = instance.InstanceId!;
    const disk = await makeLoopDisk(4 * gibi);
    disks.push(disk);
    const { UserData } = await ec2.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute: 'userData' }));
    const userData = gunzipSync(Buffer.from(UserData!.Value!, 'base64')).toString('utf8');
    const host = await startTestHost({ variant: 'cloud-init-equipped', userData, devices: { '/dev/sdf': disk.device } });
    hosts.set(InstanceId, host);
    const keys = await eventually(() => publishedKeys(host), { timeout: 90_000, what: 'the host keys' });
    await moto.setAddress(InstanceId, await host.address());
    await moto.setConsole(InstanceId, keys);
  }

  return {
    async bootNext(count) {
      const next = await eventually(
        async () => {
          const there = await running(ec2);
          const fresh = there.filter(({ InstanceId = '' }) => !known.has(InstanceId));
          if (fresh.length < count) throw new Error(`${fresh.length} of ${count} instances run`);
          return fresh;
        },
        { timeout: 60_000 },
      );
      for (const { InstanceId = '' } of next) known.add(InstanceId);
      await Promise.all(next.map(boot));
    },
    async readdress() {
      for (const [id, host] of hosts) await moto.setAddress(id, await host.address());
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...hosts.values()].map((host) => host.dispose()));
      for (const disk of disks) await disk[Symbol.asyncDispose]();
    },
  };
}

async function running(ec2: EC2Client): Promise<readonly Instance[]> {
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}));
  return Reservations.flatMap(({ Instances = [] }) => Instances).filter(({ State }) => State?.Name === 'running');
}

/** What cloud-init writes to the console: there is none in a container, and its log has the same. */
async function publishedKeys(host: TestHost): Promise<string> {
  const { stdout } = await host.exec(['cat', '/var/log/cloud-init-output.log']);
  const [block] = /^-----BEGIN SSH HOST KEY KEYS-----\n.*?^-----END SSH HOST KEY KEYS-----$/ms.exec(stdout) ?? [];
  if (block === undefined) throw new Error(`no keys in\n${stdout}`);
  return `${block}\n`;
}
