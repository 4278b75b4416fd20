import { errorText } from '../../../common/errors.ts';
import type { Log } from '../../../common/log.ts';
import type { KubeObject } from '../../api/meta.ts';
import type { NodeUsage, UsageSource } from '../../api/metrics/usage-source.ts';
import { addressOf, type NodeConnector } from '../http/node-connector.ts';
import type { ObjectCache } from '../store/object-cache.ts';
import { resourcePrefix } from '../store/storage-key.ts';
import { usageOfSummary } from './kubelet-summary.ts';

const NODES = resourcePrefix({ group: '', plural: 'nodes' });
/** Of a whole answer, in ms. A kubelet that has not been asked for long counts for a second first. */
const TIMEOUT = 8000;
const MAX_BYTES = 16 << 20;
/** Nodes that are asked at the same time. */
const CONCURRENCY = 16;

/** Asks the kubelets. Questions that come while one is under way share its answer. */
export function nodeUsageSource(cache: ObjectCache, connector: Pick<NodeConnector, 'open'>, log: Log): UsageSource {
  let asking: Promise<readonly NodeUsage[]> | undefined;

  const askAll = async (): Promise<readonly NodeUsage[]> => {
    const waiting = cache.resource(NODES).snapshot();
    const found: NodeUsage[] = [];
    const ask = async (): Promise<void> => {
      for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
        const { name } = node.object.metadata;
        try {
          // Whatever it calls itself: it speaks for the node whose address it has.
          found.push({ ...usageOfSummary(JSON.parse(await fetchSummary(connector, node.object))), node: name! });
        } catch (error) {
          log.debug({ node: name, error: errorText(error) }, 'a kubelet does not say what its node uses');
        }
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, ask));
    return found;
  };

  return {
    usage() {
      asking ??= askAll().finally(() => (asking = undefined));
      return asking;
    },
  };
}

function fetchSummary(connector: Pick<NodeConnector, 'open'>, node: KubeObject): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = connector.open({ ...addressOf(node), path: '/stats/summary' }, { method: 'GET', headers: {} });
    const late = setTimeout(() => outgoing.destroy(new Error(`no answer within ${TIMEOUT} ms`)), TIMEOUT);
    outgoing.on('error', reject);
    outgoing.once('close', () => {
      clearTimeout(late);
      // Some ends come without an error.
      reject(new Error('socket hang up'));
    });
    outgoing.once('response', (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      response.on('data', (part: Buffer) => {
        size += part.length;
        if (size > MAX_BYTES) outgoing.destroy(new Error(`the answer is larger than ${MAX_BYTES} bytes`));
        else parts.push(part);
      });
      response.once('error', reject);
      response.once('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(parts).toString('utf8'));
        else reject(new Error(`the kubelet answered with ${response.statusCode}`));
      });
    });
    outgoing.end();
  });
}
