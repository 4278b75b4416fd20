import { networkInterfaces } from 'node:os';

const isLoopback = (address: string): boolean => address.startsWith('127.');

/** What stands against publishing hosts on an address, in words; nothing when it can be. `expose`: whoever runs the command knows what it means. */
export function listenProblems(listen: string, expose: boolean, own: readonly string[] = ownAddresses()): readonly string[] {
  if (isLoopback(listen)) return [];
  if (listen === '0.0.0.0') return ['local.listen is 0.0.0.0: name the one address of this machine that attendees reach'];
  if (!own.includes(listen)) return [`local.listen is ${listen}, which is no address of this machine (${own.join(', ')})`];
  return expose
    ? []
    : [
        `local.listen is ${listen}: others in its network could reach hosts that are as good as root on this machine; say --expose if that is meant`,
      ];
}

function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.filter(({ family }) => family === 'IPv4').map(({ address }) => address),
  );
}
