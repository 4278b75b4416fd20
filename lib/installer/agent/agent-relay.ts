import { createConnection, type Socket } from 'node:net';
import { agentPaths, agentSocket } from './call-context.ts';
import { reachProcess } from './reach-process.ts';
import { startAgent } from './start-agent.ts';

/** Relays standard input and output to the agent, which is started when none runs. Resolves when the agent hangs up. */
export async function relayToAgent(): Promise<void> {
  // Ctrl-C on the operator's terminal reaches us too: it is for the operator's process alone, which lets the step end.
  process.on('SIGINT', () => undefined);
  const { runDir } = agentPaths;
  const socket = await reachProcess({
    name: 'the agent',
    ask: () => dial(agentSocket(agentPaths)),
    start: () => startAgent({ runDir }),
  });
  // Either end may go at any time: the agent goes on without us.
  for (const stream of [socket, process.stdin, process.stdout]) stream.on('error', () => socket.destroy());
  process.stdin.pipe(socket);
  socket.pipe(process.stdout);
  await new Promise((resolve) => socket.once('close', resolve));
}

function dial(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}
