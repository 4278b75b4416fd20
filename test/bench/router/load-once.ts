import { runCommand } from '../../support/run-command.ts';
import type { Measurement } from '../harness.ts';

const MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 };

/** Five seconds of wrk: requests per second, and latency in ms. Throws when a request failed. */
export async function loadOnce(url: string, host: string): Promise<Measurement> {
  const { stdout } = await runCommand(['wrk', '-t1', '-c16', '-d5s', '--latency', '-H', `Host: ${host}`, url], {
    timeout: 30_000,
  });
  if (/Socket errors|Non-2xx/.test(stdout)) throw new Error(`requests failed:\n${stdout}`);
  const latency = (part: number): number => {
    const [, value, unit] = new RegExp(`^\\s+${part}%\\s+([\\d.]+)(us|ms|s)$`, 'm').exec(stdout)!;
    return Number(value) * MS[unit!]!;
  };
  return {
    'requests/s': Number(/^Requests\/sec:\s+([\d.]+)/m.exec(stdout)![1]),
    'p50 ms': latency(50),
    'p99 ms': latency(99),
  };
}
