import { z } from 'zod';
import { errorText } from '../../../common/errors.ts';
import type { CallResult } from '../call-schemas.ts';
import { type ApiAccess, callApi, readAccess } from './api-access.ts';

/** Whether the API is ready and the node Ready, as the administrator of this kubeconfig sees it; or why not. Never rejects. */
export async function platformHealth(kubeconfig: string): Promise<CallResult<'platform.health'>> {
  const unready = (reason: string, server = '') => ({ ready: false, nodeReady: false, reason, server });
  let access: ApiAccess;
  try {
    access = await readAccess(kubeconfig);
  } catch (error) {
    return unready(
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'it has not written its kubeconfig yet' : errorText(error),
    );
  }
  try {
    const ready = await callApi(access, 'GET', '/readyz?verbose');
    if (ready.status !== 200) return unready(`/readyz answers ${ready.status}: ${ready.body.slice(0, 400)}`, access.server);
    const nodes = nodeList.parse(JSON.parse((await callApi(access, 'GET', '/api/v1/nodes')).body));
    const problem = nodeProblem(nodes);
    return { ready: true, nodeReady: problem === '', reason: problem, server: access.server };
  } catch (error) {
    return unready(errorText(error), access.server);
  }
}

const nodeList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z.object({
        conditions: z.array(z.object({ type: z.string(), status: z.string(), message: z.string().optional() })).optional(),
      }),
    }),
  ),
});

/** Why the first node is not Ready, or nothing. */
function nodeProblem(nodes: z.infer<typeof nodeList>): string {
  const [node] = nodes.items;
  if (node === undefined) return 'the node has not registered yet';
  const ready = node.status.conditions?.find((condition) => condition.type === 'Ready');
  if (ready?.status === 'True') return '';
  return `node ${node.metadata.name} is not Ready${ready?.message === undefined ? '' : `: ${ready.message}`}`;
}
