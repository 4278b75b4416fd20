import assert from 'node:assert/strict';
import {
  type CommandInput,
  type CommandResult,
  Refused,
  requestThrough,
  spdyCommand,
  spdyPorts,
  type StreamClient,
  tunnelPorts,
  webSocketCommand,
} from '../../../support/wire/wire-streams.ts';

/** A pod, its owner and somebody who is none of its project. */
export interface StreamScene {
  readonly path: string;
  readonly container: string;
  readonly owner: StreamClient;
  readonly stranger: StreamClient;
}

type Send = (client: StreamClient, path: string, input?: CommandInput) => Promise<CommandResult>;
/** What oc tries, in this order. */
const WAYS: readonly Send[] = [webSocketCommand, spdyCommand];

const isForbidden = (error: unknown): boolean =>
  error instanceof Refused && error.code === 403 && error.body.includes('Forbidden');

const execPath = (
  { path, container }: StreamScene,
  command: readonly string[],
  streams: Readonly<Record<string, string>>,
): string =>
  `${path}/exec?${new URLSearchParams([...command.map((word) => ['command', word]), ['container', container], ...Object.entries(streams)])}`;

const OUTPUT = { stderr: 'true', stdout: 'true' };

export async function exec(scene: StreamScene): Promise<void> {
  const path = execPath(scene, ['sh', '-c', 'echo out; echo err >&2; exit 3'], OUTPUT);
  for (const send of WAYS) {
    await assert.rejects(send(scene.stranger, path), isForbidden);
    const { stdout, stderr, status } = await send(scene.owner, path);
    assert.deepEqual([stdout, stderr, status.status], ['out\n', 'err\n', 'Failure']);
    assert.deepEqual(status.details?.causes, [{ reason: 'ExitCode', message: '3' }]);
  }
}

/** A terminal of the user's size. */
export async function remoteShell(scene: StreamScene): Promise<void> {
  const streams = { stdin: 'true', stdout: 'true', tty: 'true' };
  const path = execPath(scene, ['/bin/sh', '-c', 'TERM="xterm" /bin/sh'], streams);
  // The size may come a moment after the shell.
  const wait = 'i=0; until [ "$(stty size)" = "31 97" ] || [ $i -gt 999 ]; do i=$((i+1)); sleep 0.05; done';
  const input = { stdin: Buffer.from(`${wait}; stty size; exit\n`), size: { Width: 97, Height: 31 } };
  await assert.rejects(webSocketCommand(scene.stranger, path, input), isForbidden);
  const { stdout, status } = await webSocketCommand(scene.owner, path, input);
  assert.equal(status.status, 'Success');
  assert.match(stdout, /^31 97\r$/m);
}

/** By tar, since the image has no rsync: a look, a folder there, and the folder back. */
export async function rsync(scene: StreamScene, archive: Buffer): Promise<void> {
  for (const send of WAYS) {
    const missing = await send(scene.owner, execPath(scene, ['which', 'rsync'], OUTPUT));
    assert.equal(missing.status.status, 'Failure');
    const folder = `/tmp/${send.name}`;
    await send(scene.owner, execPath(scene, ['mkdir', folder], OUTPUT));
    const there = execPath(scene, ['tar', '-C', folder, '-xf', '-'], { stdin: 'true', ...OUTPUT });
    await assert.rejects(send(scene.stranger, there, { stdin: archive }), isForbidden);
    const sent = await send(scene.owner, there, { stdin: archive });
    assert.deepEqual([sent.status.status, sent.stderr], ['Success', '']);
    const back = await send(scene.owner, execPath(scene, ['tar', '-C', folder, '-c', '.'], OUTPUT));
    assert.match(back.stdout, /^\.\/[^]*\.\/server\.js[^]*createServer/);
  }
}

export async function portForward(scene: StreamScene): Promise<void> {
  const path = `${scene.path}/portforward`;
  for (const open of [tunnelPorts, spdyPorts]) {
    await assert.rejects(open(scene.stranger, path), isForbidden);
    const connection = await open(scene.owner, path);
    const answers = await Promise.all([0, 1, 2].map((id) => requestThrough(connection, 8080, id)));
    for (const answer of answers) assert.match(answer, /^HTTP\/1\.1 200 OK\r\n[\s\S]*Hello from Node\.js/);
    // The connection outlives a port that nobody listens on.
    await assert.rejects(requestThrough(connection, 9, 3), /connection refused/);
    assert.match(await requestThrough(connection, 8080, 4), /Hello from Node\.js/);
    connection.close();
  }
}
