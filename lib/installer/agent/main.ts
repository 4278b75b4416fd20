/**
 * Entry of the agent's processes on a server:
 *   agent.mjs serve    answers calls until it is idle
 *   agent.mjs connect  relays standard input and output to the agent, which is started when none runs
 *   agent.mjs place    puts the tree that standard input describes in place: how a local install begins
 * Each loads only what it needs: somebody waits for the relay.
 */
import { errorText } from '../../common/errors.ts';
import { agentPaths } from './call-context.ts';

const commands: Readonly<Record<string, () => Promise<void>>> = {
  serve: async () => (await import('./agent-server.ts')).runAgent(agentPaths),
  connect: async () => (await import('./agent-relay.ts')).relayToAgent(),
  place: async () => (await import('./place-tree.ts')).placeTrees(process.stdin),
};

try {
  await commands[process.argv[2] ?? 'serve']?.();
  process.exit(0);
} catch (error) {
  process.stderr.write(`${errorText(error)}\n`);
  process.exit(1);
}
