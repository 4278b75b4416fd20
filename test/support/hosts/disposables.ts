import { isAlive } from '../claims.ts';
import { runCommand } from '../run-command.ts';

/** Names the test process that disposes of a container or a network. */
const OWNER_LABEL = 'io.openshift.test-host';

/** The option of `docker create` and `docker network create` by which removeOrphans knows whose it is. */
export const ownerOption = `--label=${OWNER_LABEL}=${process.pid}`;

/** Removes hosts, and then networks, whose test process was killed before it could dispose of them. */
export async function removeOrphans(): Promise<void> {
  await removeDead(['docker', 'ps', '-a'], ['docker', 'rm', '-fv']);
  await removeDead(['docker', 'network', 'ls'], ['docker', 'network', 'rm']);
}

async function removeDead(list: readonly string[], remove: readonly string[]): Promise<void> {
  const format = `{{.ID}} {{.Label "${OWNER_LABEL}"}}`;
  const { stdout } = await runCommand([...list, '--filter', `label=${OWNER_LABEL}`, '--format', format]);
  for (const [id, owner] of stdout.split('\n').map((line) => line.split(' '))) {
    if (id !== undefined && owner !== undefined && !isAlive(Number(owner))) await runCommand([...remove, id], { anyCode: true });
  }
}
