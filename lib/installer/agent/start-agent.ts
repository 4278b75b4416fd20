import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../common/clock.ts';
import type { StartedProcess } from './reach-process.ts';
import { lastLines, runCommand } from './run-command.ts';
import { runtimeCommand } from './runtime-command.ts';
import { startDetached } from './start-detached.ts';

const unit = 'oo-install-agent';
/** ms between two questions to systemd, which are programs to start themselves. Most agents answer before the first. */
const look = 500;

export interface AgentStart {
  readonly runDir: string;
  /** @default whether systemd runs this machine */
  readonly systemd?: boolean;
  /** @default runs it */
  readonly run?: typeof runCommand;
  readonly clock?: Clock;
}

/** Starts the agent out of the session that we run in: neither its end nor its limits reach the agent. */
export async function startAgent(options: AgentStart): Promise<StartedProcess> {
  const { runDir, systemd = existsSync('/run/systemd/system'), run = runCommand, clock = systemClock } = options;
  const argv = [...runtimeCommand('agent'), 'serve'];
  if (systemd) {
    const flags = ['--quiet', '--collect', `--unit=${unit}`, '--property=KillMode=process'];
    const { code, stderr } = await run(['systemd-run', ...flags, '--', ...argv]);
    // The unit is there already while somebody else's agent starts, or the one before ends: that is waited for.
    if (code === 0 || /already/.test(stderr)) return watchUnit(run, clock);
  }
  return startDetached(argv, join(runDir, 'agent.log'));
}

function watchUnit(run: typeof runCommand, clock: Clock): StartedProcess {
  let looked = clock.monotonic();
  return {
    log: `journalctl -u ${unit}`,
    ended: async () => {
      if (clock.monotonic() - looked < look) return undefined;
      const state = (await run(['systemctl', 'is-active', `${unit}.service`])).stdout.trim();
      looked = clock.monotonic();
      // No word of it is no news: a busy systemd may not answer in time. Of a unit that is gone older versions say that it is unknown.
      if (!/^(inactive|failed|unknown)$/.test(state)) return undefined;
      const { stdout } = await run(['journalctl', '--no-pager', '-q', '-o', 'cat', '-n', '3', '-u', unit]);
      return lastLines(stdout, 3) || 'it ended';
    },
  };
}
