import { compare, formatComparison } from './harness.ts';
import { byHand } from './dev/by-hand.ts';
import { app, startDeveloperPlatform } from './dev/app.ts';

/**
 * From source to an answer, and from a change of one line to the next: `openshift app create` and `git push`, against `docker build` and `docker run`
 * of the same files on the same builder image (the floor), which host nothing, route nothing and keep no history. OO_BENCH_ROUNDS overrides
 * the five rounds.
 */
const rounds = Number(process.env['OO_BENCH_ROUNDS'] ?? 5);

await using platform = await startDeveloperPlatform();
const result = await compare({ title: 'a site of files, in seconds', contenders: [byHand(), app(platform)], rounds });
process.stdout.write(`${formatComparison(result)}\n`);
