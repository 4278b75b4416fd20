import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assetPath } from '../../../lib/common/assets.ts';
import { freePort } from '../../support/free-port.ts';
import { httpGet } from '../../support/http-get.ts';
import { runCommand } from '../../support/run-command.ts';
import type { Contender } from '../harness.ts';
import { answered, elapsed } from './until-answered.ts';

const IMAGE = 'oo-bench-dev:latest';
const DOCKERFILE = `FROM openshift/static:latest
COPY . /tmp/src
RUN /usr/libexec/s2i/assemble
CMD ["/usr/libexec/s2i/run"]
`;

/** What somebody does who has Docker and nothing else. */
export function byHand(): Contender {
  return {
    name: 'docker build, docker run',
    async run() {
      const folder = mkdtempSync(join(tmpdir(), 'oo-bench-dev-'));
      cpSync(assetPath('apps', 'static'), folder, { recursive: true });
      writeFileSync(join(folder, 'Dockerfile'), DOCKERFILE);
      // Another source in each round: nothing of it has been built before.
      writeFileSync(join(folder, 'style.css'), `/* ${randomUUID()} */\n`);
      const port = await freePort();
      const name = `oo-bench-dev-${process.pid}`;
      const start = async (): Promise<void> => {
        await runCommand(['docker', 'build', '--quiet', '--tag', IMAGE, folder], { timeout: 120_000 });
        await runCommand(['docker', 'rm', '-f', name], { anyCode: true });
        await runCommand(['docker', 'run', '--detach', '--name', name, '--publish', `127.0.0.1:${port}:8080`, IMAGE]);
      };
      const page = (): Promise<string> => httpGet(`http://127.0.0.1:${port}/`);
      try {
        const first = await elapsed(async () => {
          await start();
          await answered(page, 'Hello from a site of files');
        });
        writeFileSync(join(folder, 'index.html'), 'the second version\n');
        const change = await elapsed(async () => {
          await start();
          await answered(page, 'the second version');
        });
        return { 'to the first answer': first, 'a change': change };
      } finally {
        await runCommand(['docker', 'rm', '-f', name], { anyCode: true });
        await runCommand(['docker', 'rmi', '-f', IMAGE], { anyCode: true });
        rmSync(folder, { recursive: true });
      }
    },
  };
}
