import { platformImage } from '../support/platform-images.ts';
import { NODE_APP, SITE } from './dev/sample-app.ts';
import { compare, formatComparison } from './harness.ts';
import { dockerBuild, stiBuild } from './sti/contenders.ts';

/**
 * `sti build`, from the command to an image on this machine's Docker, against `docker build` of the same files with the same scripts of the same builder
 * image. OO_BENCH_ROUNDS overrides the five rounds.
 */
const rounds = Number(process.env['OO_BENCH_ROUNDS'] ?? 5);

for (const app of [SITE, NODE_APP]) {
  await platformImage(app.type);
  const result = await compare({ title: `${app.title}, in seconds`, contenders: [dockerBuild(app), stiBuild(app)], rounds });
  process.stdout.write(`${formatComparison(result)}\n`);
}
