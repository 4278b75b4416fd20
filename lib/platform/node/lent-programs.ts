import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../common/assets.ts';
import { DEPLOY_COMMAND } from '../api/openshift-apps/deploy-command.ts';
import { BUILDER_IMAGE, COMMANDS } from '../builds/contract.ts';
import type { Mount } from '../runtime/container-runtime.ts';
import { splitReference } from '../runtime/image-reference.ts';
import type { Container } from './kubelet/types/container-types.ts';

/** Where a container finds them. */
const FOLDER = '/usr/lib/openshift';

interface Program {
  /** In a bundle, and in a checkout. */
  readonly bundled: string;
  readonly source: string;
  readonly args: readonly string[];
}

const builder = { bundled: 'builder.mjs', source: 'lib/platform/builds/builder/main.ts' };
/** By the command that runs each in a container. */
const PROGRAMS: Readonly<Record<string, Program>> = {
  ...Object.fromEntries(Object.entries(COMMANDS).map(([name, command]) => [command, { ...builder, args: [name] }])),
  [DEPLOY_COMMAND]: { bundled: 'deployer.mjs', source: 'lib/platform/deployer/main.ts', args: [] },
};

/**
 * Our Node and the platform's programs, lent to containers that run them, read only: they are of one version with the node, and no image carries 150 MB of it. They
 * hold no secrets and open nothing: whoever has one in its container may do no more than before.
 */
export class LentPrograms {
  readonly #folder: string;

  /** `folder`: the node's own, for the commands. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Writes the commands, before any container is made. */
  async prepare(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    for (const [command, { bundled, source, args }] of Object.entries(PROGRAMS)) {
      const program = isBundle() ? bundled : source;
      const words = [`${FOLDER}/node`, '--disable-warning=ExperimentalWarning', `${FOLDER}/program/${program}`, ...args];
      const path = join(this.#folder, command);
      await writeFile(path, `#!/bin/sh\nexec ${words.join(' ')}\n`);
      await chmod(path, 0o755);
    }
  }

  /** What a container gets to run a command of PROGRAMS. */
  mounts(command: string): Mount[] {
    const root = packageRoot();
    const lent = (source: string, target: string): Mount => ({ source, target: `${FOLDER}/${target}`, readOnly: true });
    return [
      lent(process.execPath, 'node'),
      ...(isBundle()
        ? [lent(root, 'program')]
        : ['lib', 'node_modules', 'package.json'].map((name) => lent(join(root, name), `program/${name}`))),
      { source: join(this.#folder, command), target: `/usr/bin/${command}`, readOnly: true },
    ];
  }

  /** What a deployer gets, known by its image and its command. A build's container has more to it (builds/build-service.ts). */
  forDeployer({ image, command }: Container): Mount[] {
    const isBuilder = image !== undefined && splitReference(image).name === BUILDER_IMAGE;
    return isBuilder && command?.[0] === DEPLOY_COMMAND ? this.mounts(DEPLOY_COMMAND) : [];
  }
}

const isBundle = (): boolean => existsSync(join(packageRoot(), 'builder.mjs'));
