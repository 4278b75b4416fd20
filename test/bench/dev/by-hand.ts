import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assetPath } from '../../../lib/common/assets.ts';
import { freePort } from '../../support/free-port.ts';
import { httpGet } from '../../support/http-get.ts';
import { runCommand } from '../../support/run-command.ts';
import type { Contender } from '../harness.ts';
import { imageId, removeImages } from './remove-image.ts';
import { dockerfileOf, type SampleApp } from './sample-app.ts';
import { answered, elapsed } from './until-answered.ts';

const IMAGE = 'oo-bench-dev:latest';

/** What somebody does who has Docker and nothing else. */
export function byHand(sample: SampleApp): Contender {
  return {
    name: 'docker build, docker run',
    async run() {
      const folder = mkdtempSync(join(tmpdir(), 'oo-bench-dev-'));
      cpSync(assetPath('apps', sample.type), folder, { recursive: true });
      writeFileSync(join(folder, 'Dockerfile'), dockerfileOf(sample));
      // Another source in each round: nothing of it has been built before.
      writeFileSync(join(folder, 'round.txt'), randomUUID());
      const port = await freePort();
      const name = `oo-bench-dev-${process.pid}`;
      const start = async (): Promise<void> => {
        await runCommand(['docker', 'build', '--quiet', '--tag', IMAGE, folder], { timeout: 120_000 });
        await runCommand(['docker', 'rm', '-f', name], { anyCode: true });
        await runCommand(['docker', 'run', '--detach', '--name', name, '--publish', `127.0.0.1:${port}:8080`, IMAGE]);
      };
      const page = (): Promise<string> => httpGet(`http://127.0.0.1:${port}/`);
      let earlier = '';
      try {
        const first = await elapsed(async () => {
          await start();
          await answered(page, sample.greeting);
        });
        earlier = await imageId(IMAGE);
        sample.change(folder, 'the second version');
        const change = await elapsed(async () => {
          await start();
          await answered(page, 'the second version');
        });
        return { 'to the first answer': first, 'a change': change };
      } finally {
        await runCommand(['docker', 'rm', '-f', name], { anyCode: true });
        await removeImages(IMAGE, earlier);
        rmSync(folder, { recursive: true });
      }
    },
  };
}
