import { BlockList, isIP } from 'node:net';
import { lookup as lookUp, type LookupAddress, type LookupOptions } from 'node:dns';

/** Networks that no registry elsewhere is in: the host itself, link-local (where clouds tell secrets), and what is nobody's (IANA). */
const NOWHERE: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['224.0.0.0', 4, 'ipv4'],
  ['240.0.0.0', 4, 'ipv4'],
  ['::', 127, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
  // Addresses of version 4 in other clothes.
  ['::ffff:0:0', 96, 'ipv6'],
  ['64:ff9b::', 96, 'ipv6'],
  ['2002::', 16, 'ipv6'],
];

/** Which addresses users may have the platform speak to. */
export interface AddressJudge {
  /** Undefined: it may; else why not. */
  problem(address: string): string | undefined;
  /** Node's `lookup` for connections: a name whose addresses may not be spoken to is not found. What was judged is what is connected to. */
  lookup(
    name: string,
    options: LookupOptions,
    callback: (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void,
  ): void;
}

/** `own`: networks of the platform (pods, services) and addresses of the host, as CIDRs. */
export function addressJudge(own: readonly string[]): AddressJudge {
  // Two lists: Node finds every address of version 4 among those of version 6 that have one inside.
  const blocked = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const [network, bits, family] of NOWHERE) blocked[family].addSubnet(network, bits, family);
  for (const cidr of own) {
    const [network, bits = '32'] = cidr.split('/');
    blocked.ipv4.addSubnet(network!, Number(bits), 'ipv4');
  }
  const problem = (address: string): string | undefined => {
    const version = isIP(address);
    const family = version === 4 ? 'ipv4' : 'ipv6';
    return version === 0 || blocked[family].check(address, family)
      ? `images are not imported from address ${address}`
      : undefined;
  };
  return {
    problem,
    lookup(name, options, callback) {
      lookUp(name, { ...options, all: true }, (error, addresses) => {
        if (error !== null) return callback(error, []);
        const refused = addresses.map(({ address }) => problem(address)).find((why) => why !== undefined);
        if (refused !== undefined) return callback(new Error(refused), []);
        if (options.all === true) return callback(null, addresses);
        callback(null, addresses[0]!.address, addresses[0]!.family);
      });
    },
  };
}
