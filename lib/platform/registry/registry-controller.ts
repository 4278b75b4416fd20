import { randomBytes } from 'node:crypto';
import type { KubeObject } from '../api/meta.ts';
import type { GroupVersionResource } from '../api/verbs.ts';
import { isAlreadyExists, unlessGone } from '../controllers/api-errors.ts';
import { type ControllerDefinition, defineController, type ReconcileContext } from '../controllers/define-controller.ts';
import { DEPLOYMENTS, NAMESPACES, NODES, PERSISTENT_VOLUME_CLAIMS, refTo, SECRETS, SERVICES } from '../controllers/resources.ts';
import { sameJson } from '../controllers/same-json.ts';
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
      await ensure(context, PERSISTENT_VOLUME_CLAIMS, registryClaim(settings));
      await ensure(context, SECRETS, config, ({ data }) => data);
      await ensureService(context, settings);
      await ensureAlias(context, settings);
      await ensure(context, DEPLOYMENTS, registryDeployment(settings, config), ({ spec }) => [
        spec.template?.metadata?.annotations?.['openshift.io/registry-files'],
        spec.template?.spec?.containers?.[0]?.image,
      ]);
    },
  });
}

interface ImageNames {
  readonly names?: readonly string[];
}

const hasImage = (node: KubeObject, image: string): boolean =>
  ((node['status']?.images ?? []) as ImageNames[]).some(({ names = [] }) => names.includes(image));

/** Makes the object, or gives it back what `facts` are about. */
async function ensure(
  { client }: ReconcileContext,
  of: GroupVersionResource,
  wanted: KubeObject,
  facts?: (object: KubeObject) => unknown,
): Promise<KubeObject> {
  const { namespace } = wanted.metadata;
  const there = await unlessGone(client.get(refTo(of, wanted)));
  if (there === undefined) {
    try {
      return await client.create(namespace === undefined ? of : { ...of, namespace }, wanted);
    } catch (error) {
      // The next look, which its event brings, compares.
      if (!isAlreadyExists(error)) throw error;
      return wanted;
    }
  }
  if (facts === undefined || sameJson(facts(there), facts(wanted))) return there;
  const { apiVersion: _version, kind: _kind, metadata: _meta, ...rest } = wanted;
  return client.update(refTo(of, there), {
    ...there,
    ...rest,
    metadata: { ...there.metadata, labels: { ...there.metadata.labels, ...wanted.metadata.labels } },
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
  const facts = ({ spec }: KubeObject): unknown => [
    spec.clusterIP,
    spec.selector,
    spec.ports?.[0]?.port,
    spec.ports?.[0]?.targetPort,
  ];
  const there = await unlessGone(context.client.get(refTo(SERVICES, wanted)));
  if (there !== undefined && there['spec'].clusterIP !== settings.clusterIP) {
    await context.client.delete(refTo(SERVICES, there), { preconditions: { uid: there.metadata.uid! } });
  }
  await ensure(context, SERVICES, wanted, facts);
}

/** OpenShift 4's name leads to the same service. */
async function ensureAlias(context: ReconcileContext, { domain }: RegistrySettings): Promise<void> {
  await ensure(context, NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: ALIAS_NAMESPACE } });
  await ensure(
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
