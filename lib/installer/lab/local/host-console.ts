import type Docker from 'dockerode';
import { ask } from './docker-client.ts';

/** Everything that a host has written to its console so far. */
export async function readConsole(docker: Docker, id: string): Promise<string> {
  const text = await ask('read a console', () => docker.getContainer(id).logs({ stdout: true, stderr: true, follow: false }));
  return text.toString();
}
