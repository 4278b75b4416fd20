import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assetPath, packageRoot } from '../../../lib/common/assets.ts';
import { imageId, removeImages } from '../dev/remove-image.ts';
import { dockerfileOf, type SampleApp } from '../dev/sample-app.ts';
import { elapsed } from '../dev/until-answered.ts';
import { runCommand } from '../../support/run-command.ts';
import type { Contender } from '../harness.ts';

const IMAGE = 'oo-bench-sti:latest';
const DONE = 'the second version';

/** A folder into an image, then the same with one line changed. Both have to run what was changed. */
function contender(
  name: string,
  app: SampleApp,
  prepare: (folder: string) => void,
  build: (folder: string) => readonly string[],
): Contender {
  return {
    name,
    async run() {
      const folder = mkdtempSync(join(tmpdir(), 'oo-bench-sti-'));
      cpSync(assetPath('apps', app.type), folder, { recursive: true });
      // Another source in each round: nothing of it has been built before.
      writeFileSync(join(folder, 'round.txt'), randomUUID());
      prepare(folder);
      const make = async (): Promise<void> => void (await runCommand(build(folder), { timeout: 120_000 }));
      let earlier = '';
      try {
        const first = await elapsed(make);
        earlier = await imageId(IMAGE);
        app.change(folder, DONE);
        const change = await elapsed(make);
        const search = ['--rm', '--network=none', '--entrypoint=grep', IMAGE, '-rl', DONE, '/opt/app-root'];
        const { stdout } = await runCommand(['docker', 'run', ...search]);
        if (stdout.trim() === '') throw new Error(`${name}: the image has not what was changed`);
        return { 'the first image': first, 'a change': change };
      } finally {
        await removeImages(IMAGE, earlier);
        rmSync(folder, { recursive: true });
      }
    },
  };
}

/** The builder image's own scripts, as steps of a Dockerfile. */
export const dockerBuild = (app: SampleApp): Contender =>
  contender(
    'docker build',
    app,
    (folder) => writeFileSync(join(folder, 'Dockerfile'), dockerfileOf(app)),
    (folder) => ['docker', 'build', '--quiet', '--tag', IMAGE, folder],
  );

export const stiBuild = (app: SampleApp): Contender =>
  contender(
    'sti build',
    app,
    () => undefined,
    (folder) => [join(packageRoot(), 'bin', 'sti'), 'build', folder, `openshift/${app.type}`, IMAGE, '--rm'],
  );
