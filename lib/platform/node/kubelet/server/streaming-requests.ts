import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { createWebSocketStream } from 'ws';
import type { Log } from '../../../../common/log.ts';
import type { ContainerRuntime } from '../../../runtime/container-runtime.ts';
import type { PodDialer } from './pod-dialer.ts';
import { findPod, findRunningContainer, type NodeRoute } from './pod-request.ts';
import type { PodSource } from './pod-source.ts';
import { PORT_FORWARD_PROTOCOL, servePortForward } from './port-forward.ts';
import { forwardPorts, serveWebSocketPortForward } from './port-forward-websocket.ts';
import { commandOptions, type RemoteStreams, runAttach, runExec } from './remote-command.ts';
import { SPDY_COMMAND_PROTOCOLS, spdyCommand } from './remote-command-spdy.ts';
import { webSocketCommand } from './remote-command-websocket.ts';
import { TextError } from './text-error.ts';
import {
  chooseStreamProtocol,
  chooseSubprotocol,
  upgradeToSpdy,
  upgradeToWebSocket,
  wantsSpdy,
  wantsWebSocket,
} from './upgrade.ts';
import { CHANNEL_PROTOCOLS } from './websocket-channels.ts';

/** Sub-protocol of a WebSocket that carries a SPDY connection of port-forward. */
const SPDY_TUNNEL_PROTOCOL = `SPDY/3.1+${PORT_FORWARD_PROTOCOL}`;

/** What the streaming requests need of the node. */
export interface StreamingDeps {
  readonly pods: PodSource;
  readonly runtime: Pick<ContainerRuntime, 'exec' | 'attach'>;
  readonly dialer: PodDialer;
  readonly log: Log;
}

/** A request that asks to leave HTTP, with what its client sent too early. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** Answers an exec or attach. Throws a TextError before the upgrade only. */
export async function serveCommand(
  deps: StreamingDeps,
  route: NodeRoute,
  query: URLSearchParams,
  upgrade: Upgrade,
): Promise<void> {
  const options = commandOptions(query);
  const pod = findPod(deps.pods, route);
  const id = findRunningContainer(pod, route.container);
  const command = query.getAll('command');
  if (route.verb === 'exec' && command.length === 0) throw new TextError(400, 'you must specify a command');
  let client: RemoteStreams | undefined;
  if (wantsWebSocket(upgrade.request)) {
    const protocol = chooseSubprotocol(upgrade.request, CHANNEL_PROTOCOLS.keys());
    const ws = await upgradeToWebSocket(upgrade.request, upgrade.socket, upgrade.head, protocol);
    client = webSocketCommand(ws, CHANNEL_PROTOCOLS.get(protocol)!, options);
  } else if (wantsSpdy(upgrade.request)) {
    const protocol = chooseStreamProtocol(upgrade.request, SPDY_COMMAND_PROTOCOLS);
    upgradeToSpdy(upgrade.socket, upgrade.head, protocol);
    client = await spdyCommand(upgrade.socket, protocol, options);
  } else throw new TextError(400, 'unable to upgrade: only WebSocket and SPDY/3.1 are supported');
  if (client === undefined) return;
  if (route.verb === 'exec') await runExec(deps, id, command, options, client);
  else await runAttach(deps, id, pod, route.container, options, client);
}

/** Answers a port-forward. Throws a TextError before the upgrade only. */
export async function serveForward(
  deps: StreamingDeps,
  route: NodeRoute,
  query: URLSearchParams,
  upgrade: Upgrade,
): Promise<void> {
  const pod = findPod(deps.pods, route);
  if (pod.sandbox === undefined && pod.object.spec?.hostNetwork !== true)
    throw new TextError(500, `unable to do port forwarding: pod is not running`);
  const target = { pod, dial: deps.dialer.dial };
  if (wantsWebSocket(upgrade.request)) {
    const protocol = chooseSubprotocol(upgrade.request, [SPDY_TUNNEL_PROTOCOL, ...CHANNEL_PROTOCOLS.keys()]);
    const channels = CHANNEL_PROTOCOLS.get(protocol);
    const ports = channels === undefined ? [] : forwardPorts(query);
    const ws = await upgradeToWebSocket(upgrade.request, upgrade.socket, upgrade.head, protocol);
    if (channels === undefined) await servePortForward(createWebSocketStream(ws), target);
    else await serveWebSocketPortForward(ws, channels, ports, target);
  } else if (wantsSpdy(upgrade.request)) {
    const protocol = chooseStreamProtocol(upgrade.request, [PORT_FORWARD_PROTOCOL]);
    upgradeToSpdy(upgrade.socket, upgrade.head, protocol);
    await servePortForward(upgrade.socket, target);
  } else throw new TextError(400, 'unable to upgrade: only WebSocket and SPDY/3.1 are supported');
}
