import { randomBytes } from 'node:crypto';
import { CONNECTIONS_PER_CLIENT } from '../api/core/service/connection-limit.ts';
import type { KubeObject } from '../api/meta.ts';
import { unlessGone } from '../controllers/api-errors.ts';
import { type ControllerDefinition, defineController, type ReconcileContext } from '../controllers/define-controller.ts';
import { ensureObject, hasImage } from '../controllers/ensure-object.ts';
import { DEPLOYMENTS, NAMESPACES, NODES, PERSISTENT_VOLUME_CLAIMS, refTo, SECRETS, SERVICES } from '../controllers/resources.ts';
import { registryClaim, registryConfig, registryDeployment, registryService } from './registry-objects.ts';
import {
  ALIAS_NAME,
  ALIAS_NAMESPACE,
  EVENTS_KEY,
  REGISTRY_NAME,
  REGISTRY_NAMESPACE,
  REGISTRY_PORT,
  type RegistrySettings,
  SHARED_SECRET,
  UPLOADS_KEY,
} from './registry-settings.ts';

const KEY = 'registry';
const OURS = new Set([REGISTRY_NAME, SHARED_SECRET, `${REGISTRY_NAME}-config`]);

/**
 * Keeps the registry running, from the moment on that a node has its image; a platform without the image has none, and says so nowhere
 * but in streams without a repository. What somebody deletes or changes of it is put back.
 */
export function registryController(settings: RegistrySettings): ControllerDefinition {
  const ours = ({ metadata }: KubeObject): readonly string[] =>
    metadata.namespace === REGISTRY_NAMESPACE && OURS.has(metadata.name!) ? [KEY] : [];
  return defineController({
    name: 'registry-controller',
    seeds: [KEY],
    watches: [
      {
        of: NODES,
        map: () => [KEY],
        changed: (node, old) => hasImage(node, settings.image) !== hasImage(old, settings.image),
      },
      { of: SERVICES, map: ours },
      { of: SECRETS, map: ours },
      { of: PERSISTENT_VOLUME_CLAIMS, map: ours },
      { of: DEPLOYMENTS, map: ours, changed: (object, old) => object.metadata.generation !== old.metadata.generation },
    ],
    async reconcile(_key, context) {
      const { lister } = context;
      const isThere = lister(DEPLOYMENTS).get(REGISTRY_NAMESPACE, REGISTRY_NAME) !== undefined;
      if (
        !isThere &&
        !lister(NODES)
          .list()
          .some((node) => hasImage(node, settings.image))
      )
        return;
      const shared = await ensureShared(context);
      const config = registryConfig(settings, shared);
      await ensureObject(context, PERSISTENT_VOLUME_CLAIMS, registryClaim(settings));
      await ensureObject(context, SECRETS, config, ({ data }) => data);
      await ensureService(context, settings);
      await ensureAlias(context, settings);
      await ensureObject(context, DEPLOYMENTS, registryDeployment(settings, config), ({ spec }) => [
        spec.template?.metadata?.annotations?.['openshift.io/registry-files'],
        spec.template?.spec?.containers?.[0]?.image,
        spec.template?.spec?.tolerations,
        spec.template?.spec?.containers?.[0]?.resources,
      ]);
    },
  });
}

/** Random values, once: another registry pod goes on with the uploads of the one before. */
async function ensureShared({ client }: ReconcileContext): Promise<{ events: string; uploads: string }> {
  const metadata = { name: SHARED_SECRET, namespace: REGISTRY_NAMESPACE };
  const random = (): string => Buffer.from(randomBytes(32).toString('base64url')).toString('base64');
  const made: KubeObject = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    type: 'Opaque',
    data: { [EVENTS_KEY]: random(), [UPLOADS_KEY]: random() },
  };
  const found = await unlessGone(client.get(refTo(SECRETS, made)));
  const { data } = found ?? (await client.create({ ...SECRETS, namespace: REGISTRY_NAMESPACE }, made));
  const text = (name: string): string => Buffer.from((data as Record<string, string>)[name] ?? '', 'base64').toString();
  return { events: text(EVENTS_KEY), uploads: text(UPLOADS_KEY) };
}

/** The address is part of images' names, so it never changes while there is the service. */
async function ensureService(context: ReconcileContext, settings: RegistrySettings): Promise<void> {
  const wanted = registryService(settings);
  const facts = ({ metadata, spec }: KubeObject): unknown => [
    metadata.annotations?.[CONNECTIONS_PER_CLIENT],
    spec.clusterIP,
    spec.selector,
    spec.ports?.[0]?.port,
    spec.ports?.[0]?.targetPort,
  ];
  const there = await unlessGone(context.client.get(refTo(SERVICES, wanted)));
  if (there !== undefined && there['spec'].clusterIP !== settings.clusterIP) {
    await context.client.delete(refTo(SERVICES, there), { preconditions: { uid: there.metadata.uid! } });
  }
  await ensureObject(context, SERVICES, wanted, facts);
}

/** OpenShift 4's name leads to the same service. */
async function ensureAlias(context: ReconcileContext, { domain }: RegistrySettings): Promise<void> {
  await ensureObject(context, NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: ALIAS_NAMESPACE } });
  await ensureObject(
    context,
    SERVICES,
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: ALIAS_NAME, namespace: ALIAS_NAMESPACE },
      spec: {
        type: 'ExternalName',
        externalName: `${REGISTRY_NAME}.${REGISTRY_NAMESPACE}.svc.${domain}`,
        ports: [{ name: 'registry', port: REGISTRY_PORT, protocol: 'TCP' }],
      },
    },
    ({ spec }) => [spec.type, spec.externalName],
  );
}
