import type { WebSocket } from 'ws';
import { type CommandOptions, encodeOutcome, type RemoteStreams, ResizeParser } from './remote-command.ts';
import { type ChannelProtocol, WebSocketChannels } from './websocket-channels.ts';

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
const RESIZE = 4;

/** An exec or attach client on a WebSocket. */
export function webSocketCommand(ws: WebSocket, protocol: ChannelProtocol, options: CommandOptions): RemoteStreams {
  const channels = new WebSocketChannels(ws, protocol);
  const resize = options.tty ? channels.reader(RESIZE) : undefined;
  const stdin = options.stdin ? channels.reader(STDIN) : undefined;
  // An empty message tells the client that the session is there.
  channels.send(options.stdout ? STDOUT : options.stderr ? STDERR : ERROR, Buffer.alloc(0));
  return {
    stdin,
    stdout: options.stdout ? channels.writer(STDOUT) : undefined,
    stderr: options.stderr ? channels.writer(STDERR) : undefined,
    gone: channels.gone,
    onResize(listener) {
      const parser = new ResizeParser();
      resize?.on('data', (chunk: Buffer) => parser.push(chunk).forEach(listener));
    },
    async finish(outcome) {
      const text = encodeOutcome(outcome, protocol.version);
      if (text !== '') channels.send(ERROR, Buffer.from(text));
      channels.close();
      await channels.gone;
    },
  };
}
