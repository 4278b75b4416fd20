import assert from 'node:assert/strict';
import type { SshHost } from '../../support/ssh-host.ts';

/** What runs on a server in the end. */
const SCRIPT = `
for unit in docker openshift; do echo "$unit $(systemctl is-active $unit) $(systemctl is-enabled $unit)"; done
docker images --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}' | sort
/opt/oo-install/runtime/current/node --version
cat /opt/oo-install/openshift/current/openshift.mjs /usr/local/bin/openshift | sha256sum
docker ps --quiet | wc -l
`;

/** Fails when the servers of two contenders do not run the same things: then they did not do the same work. */
export function outcomeJudge(): (contender: string, hosts: readonly SshHost[]) => Promise<void> {
  let first: { contender: string; outcome: string } | undefined;
  return async (contender, hosts) => {
    for (const host of hosts) {
      const outcome = (await host.shell(SCRIPT)).stdout;
      assert.match(outcome, /^docker active enabled\nopenshift active enabled\n/, contender);
      first ??= { contender, outcome };
      assert.equal(outcome, first.outcome, `${contender} left something else than ${first.contender}`);
    }
  };
}
