import type { KubeObject } from '../api/meta.ts';
import { ROUTER_PUBLIC } from '../api/route/router-public.ts';
import {
  type ControllerDefinition,
  defineController,
  type ReconcileContext,
  type ReconcileResult,
} from '../controllers/define-controller.ts';
import { ensureObject, hasImage } from '../controllers/ensure-object.ts';
import { CONFIG_MAPS, DEPLOYMENTS, NAMESPACES, NODES, SERVICE_ACCOUNTS } from '../controllers/resources.ts';
import { ConfigFolder } from './config-folder.ts';
import { portProblem } from './host-ports.ts';
import { routerAccount, routerDeployment, routerPublic } from './router-objects.ts';
import { ROUTER_NAME, ROUTER_NAMESPACE, type RouterSettings } from './router-settings.ts';

const KEY = 'router';
const LOOK_AGAIN = 10_000;

/**
 * Keeps the router's pod running, from the moment on that this machine's node has its image and the ports are free. A platform without the image has no
 * router, and its routes no `status.ingress`. What somebody deletes or changes of it is put back.
 */
export function routerController(settings: RouterSettings): ControllerDefinition {
  const ours = ({ metadata }: KubeObject): readonly string[] =>
    metadata.namespace === ROUTER_NAMESPACE && metadata.name === ROUTER_NAME ? [KEY] : [];
  let told = '';
  return defineController({
    name: 'router-controller',
    component: 'router',
    seeds: [KEY],
    watches: [
      { of: NODES, map: () => [KEY], changed: (node, old) => hasImage(node, settings.image) !== hasImage(old, settings.image) },
      { of: SERVICE_ACCOUNTS, map: ours, changed: () => false },
      {
        of: CONFIG_MAPS,
        map: ({ metadata: { namespace, name } }) =>
          namespace === ROUTER_PUBLIC.namespace && name === ROUTER_PUBLIC.name ? [KEY] : [],
      },
      { of: DEPLOYMENTS, map: ours, changed: (object, old) => object.metadata.generation !== old.metadata.generation },
      {
        of: NAMESPACES,
        map: ({ metadata }) => ([ROUTER_NAMESPACE, ROUTER_PUBLIC.namespace].includes(metadata.name!) ? [KEY] : []),
        changed: () => false,
      },
    ],
    async reconcile(_key, context): Promise<ReconcileResult | void> {
      const { lister } = context;
      const isThere = lister(DEPLOYMENTS).get(ROUTER_NAMESPACE, ROUTER_NAME) !== undefined;
      const node = lister(NODES).get(undefined, settings.nodeName);
      if (!isThere && (node === undefined || !hasImage(node, settings.image))) return undefined;
      const problem = isThere ? '' : await portProblems(settings);
      if (problem !== '') {
        if (problem !== told) tell(problem, context);
        told = problem;
        return { requeueAfter: LOOK_AGAIN };
      }
      told = '';
      await new ConfigFolder(settings.folder).prepare();
      await ensureObject(context, CONFIG_MAPS, routerPublic(settings), ({ data }) => data);
      await ensureObject(context, SERVICE_ACCOUNTS, routerAccount());
      await ensureObject(context, DEPLOYMENTS, routerDeployment(settings), factsOf);
      return undefined;
    },
  });
}

async function portProblems({ httpPort, httpsPort }: RouterSettings): Promise<string> {
  const fields = { 'router.httpPort': httpPort, 'router.httpsPort': httpsPort };
  const texts: string[] = [];
  for (const [field, port] of Object.entries(fields)) {
    const problem = await portProblem(port);
    if (problem !== undefined)
      texts.push(`port ${port} of this machine cannot be used: ${problem}; stop that, or set ${field} to another port`);
  }
  return texts.join('. ');
}

function tell(problem: string, { lister, log, recorder }: ReconcileContext): void {
  log.warn({ problem }, 'the router does not start');
  const namespace = lister(NAMESPACES).get(undefined, ROUTER_NAMESPACE);
  if (namespace !== undefined) recorder.event(namespace, 'Warning', 'RouterPortInUse', `The router does not start: ${problem}`);
}

/** What makes the pod what it is. */
function factsOf({ spec }: KubeObject): unknown {
  const { template, replicas } = spec as {
    template: { spec: { containers: Record<string, unknown>[]; volumes: { hostPath?: { path: string } }[] } };
    replicas: number;
  };
  const [container] = template.spec.containers;
  return [
    replicas,
    container?.['image'],
    container?.['command'],
    container?.['ports'],
    template.spec.volumes.map(({ hostPath }) => hostPath?.path),
  ];
}
