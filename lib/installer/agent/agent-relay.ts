import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { agentPaths, agentSocket } from './call-context.ts';
import { runCommand } from './run-command.ts';
import { runtimeCommand } from './runtime-command.ts';
import { openServiceLog } from './supervisor/service-log.ts';

/** Relays standard input and output to the agent, which is started when none runs. Resolves when the agent hangs up. */
export async function relayToAgent(): Promise<void> {
  // Ctrl-C on the operator's terminal reaches us too: it is for the operator's process alone, which lets the step end.
  process.on('SIGINT', () => undefined);
  for (let attempt = 0; attempt < 200; attempt++) {
    const socket = await dial(agentSocket(agentPaths));
    if (socket !== undefined) {
      // Either end may go at any time: the agent goes on without us.
      for (const stream of [socket, process.stdin, process.stdout]) stream.on('error', () => socket.destroy());
      process.stdin.pipe(socket);
      socket.pipe(process.stdout);
      await new Promise((resolve) => socket.once('close', resolve));
      return;
    }
    if (attempt % 100 === 0) await startDetached();
    await delay(25);
  }
  throw new Error(`the agent does not start: see ${join(agentPaths.runDir, 'agent.log')}`);
}

/** Out of the session that we run in: neither its end nor its limits reach the agent. */
async function startDetached(): Promise<void> {
  const argv = [...runtimeCommand('agent'), 'serve'];
  if (existsSync('/run/systemd/system')) {
    const unit = ['--quiet', '--collect', '--unit=oo-install-agent', '--property=KillMode=process'];
    if ((await runCommand(['systemd-run', ...unit, '--', ...argv])).code === 0) return;
  }
  mkdirSync(agentPaths.runDir, { recursive: true, mode: 0o755 });
  const log = openServiceLog(join(agentPaths.runDir, 'agent.log'));
  const [program = '', ...args] = argv;
  spawn(program, args, { detached: true, cwd: '/', stdio: ['ignore', log, log] }).unref();
}

function dial(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}
