import type { Duplex } from 'node:stream';
import type { NodeSubresource, ProxySubresource } from '../../api/subresources/connect-subresource.ts';
import type { Subresource } from '../../api/subresources/subresource.ts';
import type { ResourceDefinition } from '../../api/define-resource.ts';
import type { NodeConnector } from './node-connector.ts';
import { nodeTarget, proxyPlain, proxyUpgrade } from './node-proxy.ts';
import { peerOf, proxyToPeer, upgradeToPeer } from './proxy-subresource.ts';
import type { RequestContext } from './request-context.ts';
import type { ResourceTarget } from './request-path.ts';

/** A subresource that somebody else answers. */
export type StreamedSubresource = NodeSubresource | ProxySubresource;

/** Whether bytes flow both ways, or for as long as the client likes: logs, exec, proxies. */
export const isStreamed = (subresource: Subresource | undefined): subresource is StreamedSubresource =>
  subresource?.kind === 'node' || subresource?.kind === 'proxy';

interface Asked {
  readonly target: ResourceTarget;
  readonly definition: ResourceDefinition;
  readonly subresource: StreamedSubresource;
}

/** A plain request: the answer streams through. */
export async function answerStreamed(
  context: RequestContext,
  { target, definition, subresource }: Asked,
  connector: NodeConnector,
): Promise<undefined> {
  if (subresource.kind === 'proxy')
    return proxyToPeer(context, await peerOf(context, target, definition, subresource, connector));
  return proxyPlain(context, await nodeTarget(context, target, definition, subresource, connector), connector);
}

/** A request for another protocol. Resolves when it is known who is to answer, with what connects to them. */
export async function upgradeStreamed(
  context: RequestContext,
  { target, definition, subresource }: Asked,
  connector: NodeConnector,
): Promise<(client: Duplex, head: Buffer) => Promise<void>> {
  const { request } = context;
  if (subresource.kind === 'proxy') {
    const peer = await peerOf(context, target, definition, subresource, connector);
    return (client, head) => upgradeToPeer(request, client, head, peer);
  }
  const node = await nodeTarget(context, target, definition, subresource, connector);
  return (client, head) => proxyUpgrade(request, client, head, node, connector);
}
