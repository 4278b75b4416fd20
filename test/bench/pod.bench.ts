/**
 * Create to Running and delete to gone, one after the other and twenty at once: a pod through the whole platform, against
 * `docker run -d` and against the engine's API by hand, in turn. OO_BENCH_ROUNDS overrides the five rounds.
 */
import { httpClient } from '../../lib/platform/client/http-client.ts';
import { readKubeconfig } from '../../lib/platform/pki/kubeconfig.ts';
import { ensureWebImages } from '../support/images.ts';
import { startPlatform } from '../support/platform.ts';
import { compare, formatComparison } from './harness.ts';
import { byHand } from './pod/by-hand.ts';
import { measure } from './pod/contender.ts';
import { dockerRun } from './pod/docker-run.ts';
import { podRunner } from './pod/pod.ts';

await ensureWebImages();
await using platform = await startPlatform();
const ending = new AbortController();
const pods = await podRunner(httpClient(await readKubeconfig(platform.kubeconfigPath)), ending.signal);
const result = await compare({
  title: 'pod: create to Running, delete to gone (ms)',
  rounds: Number(process.env['OO_BENCH_ROUNDS'] ?? 5),
  contenders: [dockerRun, byHand, pods].map((runner) => ({
    name: runner.name,
    run: (round: number) => measure(runner, round),
  })),
});
process.stdout.write(`${formatComparison(result)}\n`);
ending.abort();
