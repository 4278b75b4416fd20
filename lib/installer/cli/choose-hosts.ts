import { OoError } from '../../common/errors.ts';
import { fleetErrors } from '../fleet/fleet-errors.ts';
import type { FleetHost } from '../fleet/fleet-host.ts';
import { limitHosts } from '../fleet/limit-hosts.ts';
import { refuseDuplicates } from '../fleet/refuse-duplicates.ts';
import { localTransport } from '../transport/local-transport.ts';
import type { HostFlags } from './global-flags.ts';

/** The hosts that a command is run on: those named, as far as --limit chooses them. @throws OoError of class usage */
export async function chooseHosts(names: readonly string[], flags: HostFlags): Promise<readonly FleetHost[]> {
  const hosts = limitHosts(names.map(hostOf), flags.limit);
  refuseDuplicates(hosts);
  if (hosts.length > 1) {
    for (const [flag, value] of [
      ['--node-name', flags.nodeName],
      ['--advertise-address', flags.advertiseAddress],
    ]) {
      if (value !== undefined) throw fleetErrors.FLAG_OF_ONE_HOST(flag!, hosts.length);
    }
  }
  return hosts;
}

/** Names are data: what is no name at all is refused here, before anything is done with it. */
function hostOf(name: string): FleetHost {
  if (name === 'localhost') return { name, route: name, isLocal: true, transport: localTransport };
  throw new OoError('HOST_UNSUPPORTED', 'usage', `${JSON.stringify(name)}: only localhost can be installed on yet`, {
    hint: 'run oo-install localhost on that server itself',
  });
}
