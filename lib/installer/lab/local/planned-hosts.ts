import { renderUserData } from '../../../stacks/cloud-init/render-user-data.ts';
import { hashOf } from '../../artifacts/cache.ts';
import { hostDataOf } from '../host-data.ts';
import type { LabContext } from '../provider.ts';
import type { PlannedHost } from './host-plan.ts';
import { wantedHosts } from './host-ports.ts';

type Wants = Pick<LabContext, 'lab' | 'state'>;

/**
 * The hosts that lab.yaml wants, each with what its container is made of. Only what makes it another host is part of that: who it is for, their
 * keys, the release, and where it is published. Not what later versions of ours write into user data: nobody's work is lost by an upgrade.
 */
export function plannedHosts({ lab, state }: Wants): readonly PlannedHost[] {
  const { listen, release } = lab.local;
  return wantedHosts(lab, state).map((host) => ({
    ...host,
    made: hashOf(JSON.stringify([host, state.operator.publicKey, listen, release, lab.settings.port])).slice(0, 16),
  }));
}

/** cloud-init's user data by the host's name: what a host on AWS gets too. */
export function userDataOf({ lab, state }: Wants): ReadonlyMap<string, string> {
  return new Map([...hostDataOf(lab, state)].map(([name, data]) => [name, renderUserData(data)]));
}
