import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One of the applications that `openshift app create` begins with. */
export interface SampleApp {
  readonly type: 'static' | 'nodejs';
  readonly title: string;
  /** What it answers at first. */
  readonly greeting: string;
  /** Changes one line of its source, so that it answers with this. */
  change(folder: string, answer: string): void;
}

export const SITE: SampleApp = {
  type: 'static',
  title: 'a site of files',
  greeting: 'Hello from a site of files',
  change: (folder, answer) => writeFileSync(join(folder, 'index.html'), `${answer}\n`),
};

export const NODE_APP: SampleApp = {
  type: 'nodejs',
  title: 'a Node.js application',
  greeting: 'Hello from Node.js',
  change: (folder, answer) =>
    writeFileSync(
      join(folder, 'server.js'),
      `require('node:http').createServer((request, response) => response.end('${answer}\\n')).listen(8080);\n`,
    ),
};

/** The same by hand: the builder image's own scripts, as steps of a Dockerfile. */
export const dockerfileOf = ({ type }: Pick<SampleApp, 'type'>): string => `FROM openshift/${type}:latest
COPY . /tmp/src
RUN /usr/libexec/s2i/assemble
CMD ["/usr/libexec/s2i/run"]
`;
