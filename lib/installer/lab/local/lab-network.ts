import { networkInterfaces } from 'node:os';
import type Docker from 'dockerode';
import { addressAt, cidrsOverlap, parseCidr } from '../../../common/cidr.ts';
import { errorText } from '../../../common/errors.ts';
import type { LabState } from '../state/lab-state.ts';
import { ask } from './docker-client.ts';
import { bridgeName, isOfLab, labelsOf, networkName } from './lab-names.ts';
import { localErrors } from './local-errors.ts';

type LabKeys = Pick<LabState, 'name' | 'id'>;

/** The networks that bear the lab's name: Docker allows several of one name. */
export async function networksNamed(docker: Docker, lab: LabKeys) {
  const found = await ask('list the networks', () => docker.listNetworks({ filters: { name: [networkName(lab)] } }));
  // Docker's filter takes parts of names too.
  return found.filter(({ Name }) => Name === networkName(lab));
}

/** A /20 of a range that neither Docker's own networks, nor the platform's pods and services take. */
const slices = Array.from({ length: 256 }, (_, index) => `10.${208 + (index >> 4)}.${(index & 15) * 16}.0/20`);
/** Docker keeps the first ones of a network for itself. */
const firstHost = 16;

/** The address of the host at this place of the lab's network. It is part of the platform's certificates and settings. */
export function hostAddress(subnet: string, place: number): string {
  return addressAt(parseCidr(subnet)!, firstHost + place);
}

/** Makes the lab's own network where it is not there, and answers its range. @throws OoError LAB_NAME_TAKEN, LAB_NO_NETWORK */
export async function ensureNetwork(docker: Docker, lab: LabKeys): Promise<string> {
  const there = await networksNamed(docker, lab);
  if (there.some(({ Labels }) => !isOfLab(Labels, lab))) throw localErrors.LAB_NAME_TAKEN('network', networkName(lab));
  const known = there[0]?.IPAM?.Config?.[0]?.Subnet;
  if (known !== undefined) return known;
  // Two labs that are made at once begin at different ones.
  const first = Number.parseInt(lab.id.slice(0, 2), 16);
  for (const subnet of [...slices.slice(first), ...slices.slice(0, first)].filter(isFree)) {
    if (await makeNetwork(docker, lab, subnet)) return subnet;
  }
  throw localErrors.LAB_NO_NETWORK(networkName(lab));
}

function isFree(subnet: string): boolean {
  const own = Object.values(networkInterfaces()).flatMap((each = []) => each.map(({ address }) => parseCidr(`${address}/32`)));
  return own.every((address) => address === undefined || !cidrsOverlap(address, parseCidr(subnet)!));
}

/** Whether it was made: not so when another network of Docker's has a part of the range. */
async function makeNetwork(docker: Docker, lab: LabKeys, Subnet: string): Promise<boolean> {
  return ask(`make the network ${networkName(lab)}`, async () => {
    try {
      await docker.createNetwork({
        Name: networkName(lab),
        Driver: 'bridge',
        CheckDuplicate: true,
        Labels: labelsOf(lab),
        Options: { 'com.docker.network.bridge.name': bridgeName(lab) },
        IPAM: { Driver: 'default', Config: [{ Subnet }] },
      });
      return true;
    } catch (error) {
      if (/overlaps/i.test(errorText(error))) return false;
      throw error;
    }
  });
}
