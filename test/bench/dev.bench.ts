import { compare, formatComparison } from './harness.ts';
import { byHand } from './dev/by-hand.ts';
import { app, startDeveloperPlatform } from './dev/app.ts';
import { PushTimeline } from './dev/push-timeline.ts';
import { NODE_APP, SITE } from './dev/sample-app.ts';

/**
 * From source to an answer, and from a change of one line to the next: `openshift app create` and `git push`, against `docker build` and `docker run`
 * of the same files on the same builder image (the floor), which host nothing, route nothing and keep no history. Then the steps of a push. Arguments choose the applications
 * (`static`, `nodejs`). OO_BENCH_ROUNDS overrides the five rounds.
 */
const rounds = Number(process.env['OO_BENCH_ROUNDS'] ?? 5);
const chosen = process.argv.slice(2);

await using platform = await startDeveloperPlatform();
await using timeline = await PushTimeline.open(platform.kubeconfigPath);
for (const sample of [SITE, NODE_APP].filter(({ type }) => chosen.length === 0 || chosen.includes(type))) {
  const contenders = [byHand(sample), app(platform, sample, timeline)];
  const result = await compare({ title: `${sample.title}, in seconds`, contenders, rounds });
  process.stdout.write(`${formatComparison(result)}\n${timeline.format('a push, in ms')}\n`);
}
