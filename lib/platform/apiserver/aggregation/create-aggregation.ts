import type { UserInfo, Verbs } from '../../api/verbs.ts';
import type { Discovery, DiscoveryRequest } from '../discovery/discovery-handler.ts';
import type { Answer } from '../http/response.ts';
import type { ServerContext } from '../server-context.ts';
import { Aggregator } from './aggregator.ts';
import { mergedDiscovery } from './merged-discovery.ts';
import { SwaggerMerger } from './merged-swagger.ts';
import { probeRemote } from './probe-remote.ts';
import { RemoteDocuments } from './remote-documents.ts';
import type { FrontProxyCredentials } from './remote-group.ts';
import { RemoteGroups } from './remote-groups.ts';
import { remoteVerbs } from './remote-verbs.ts';

/** All that a server does for group versions that others serve. */
export interface Aggregation {
  readonly aggregator: Aggregator;
  /** What is served here (`local`) and elsewhere. */
  discovery(local: { handle(request: DiscoveryRequest): Answer | undefined }): Discovery;
  verbs(user: UserInfo, local: Verbs): Verbs;
  /** Rejects with an Error that says why the server of a group version does not answer. */
  probe(of: { readonly group: string; readonly version: string }): Promise<void>;
  close(): void;
}

/** On a cache that has been loaded. */
export function createAggregation(server: ServerContext, credentials: FrontProxyCredentials): Aggregation {
  const { cache, log, clock, table } = server;
  const groups = new RemoteGroups(cache, credentials, (of) => {
    const here = table.builtIn.filter(({ group, version }) => group === of.group && version === of.version);
    return here.length > 0 && !here.every(({ replaceable }) => replaceable === true);
  });
  const documents = new RemoteDocuments(groups, cache, log);
  return {
    aggregator: new Aggregator(groups, cache),
    discovery: (local) =>
      mergedDiscovery({ local, groups, documents, swagger: new SwaggerMerger({ local, groups, cache, clock, log }) }),
    verbs: (user, local) => remoteVerbs(server, groups, user, local),
    async probe(of) {
      const remote = groups.find(of);
      if (remote === undefined) throw new Error(`this server answers for ${of.group}/${of.version} itself`);
      await probeRemote(cache, remote);
    },
    close() {
      documents.close();
      groups.close();
    },
  };
}
