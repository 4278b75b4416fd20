import { packageRoot } from '../../../lib/common/assets.ts';
import type { HomeOperator } from '../../support/operator/home-operator.ts';

/** Waits for a program and prints the largest resident set that it had (proc_pid_status(5), VmHWM), in kB. */
const WATCH = `
"$@" >"$HOME/run.log" 2>&1 & pid=$!
while now=$(sed -n 's/^VmHWM:[^0-9]*\\([0-9]*\\) kB/\\1/p' "/proc/$pid/status" 2>/dev/null) && [ -n "$now" ]; do
  peak=$now
  sleep 0.05
done
wait "$pid" || { tail -n 20 "$HOME/run.log" >&2; exit 1; }
echo "$peak"
`;

/** Peak memory in MiB of one oo-install that installs these servers. */
export async function operatorPeak(operator: HomeOperator, addresses: readonly string[]): Promise<number> {
  const program = [`${packageRoot()}/bin/oo-install`, ...addresses, '--json', '-F', operator.sshConfig];
  const { stdout } = await operator.exec(['sh', '-c', WATCH, 'sh', ...program], { timeout: 600_000 });
  return Number(stdout) / 1024;
}
