import type { KubeObject } from '../meta.ts';
import type { DeploymentConfig, ImageChangeParams, TemplateContainer } from './deployment-config-types.ts';

/** On workloads that know nothing of image streams: which tags their containers' images are of, as JSON. */
export const IMAGE_TRIGGERS = 'image.openshift.io/triggers';

/** An image stream's tag, as triggers name it. */
export interface TagName {
  readonly namespace: string;
  readonly stream: string;
  readonly tag: string;
}

/** What a tag stands for now, as a pod can pull it; undefined while it stands for nothing. */
export type TagLookup = (tag: TagName) => string | undefined;

/** Undefined for a reference that names no tag. Without a tag, `latest` is meant. */
export function tagNameOf(from: { kind?: string; namespace?: string; name?: string }, namespace: string): TagName | undefined {
  const [stream = '', tag = 'latest', ...more] = (from.name ?? '').split(':');
  if (from.kind !== 'ImageStreamTag' || stream === '' || tag === '' || more.length > 0) return undefined;
  return { namespace: from.namespace || namespace, stream, tag };
}

interface ImageStream extends KubeObject {
  spec?: { tags?: { name: string; referencePolicy?: { type?: string } }[] };
  status?: {
    dockerImageRepository?: string;
    tags?: { tag: string; items?: { dockerImageReference?: string; image?: string }[] | null }[];
  };
}

/**
 * The newest image of a tag: by the platform's own registry where the tag says so (referencePolicy Local), else where it came from
 * (openshift/library-go imageutil ResolveLatestTaggedImage).
 */
export function latestReference(stream: KubeObject, tag: string): string | undefined {
  const { spec, status } = stream as ImageStream;
  const latest = status?.tags?.find((each) => each.tag === tag)?.items?.[0];
  if (latest === undefined) return undefined;
  const policy = spec?.tags?.find(({ name }) => name === tag)?.referencePolicy?.type;
  if (policy === 'Local' && status?.dockerImageRepository && latest.image)
    return `${status.dockerImageRepository}@${latest.image}`;
  return latest.dockerImageReference || undefined;
}

/** Parameters of the triggers on images, in their order. */
export const imageTriggers = ({ spec }: DeploymentConfig): ImageChangeParams[] =>
  (spec.triggers ?? []).flatMap(({ type, imageChangeParams }) =>
    type === 'ImageChange' && imageChangeParams !== undefined ? [imageChangeParams] : [],
  );

/**
 * Puts what tags stand for now into the template and into the triggers, in place. `which`: the triggers that are asked. True when something
 * has changed. (openshift-apiserver instantiate processTriggers)
 */
export function applyImages(
  config: DeploymentConfig,
  lookup: TagLookup,
  which: (params: ImageChangeParams) => boolean = () => true,
): boolean {
  let changed = false;
  for (const params of imageTriggers(config)) {
    const tag = which(params) ? tagNameOf(params.from, config.metadata.namespace ?? '') : undefined;
    const reference = tag && lookup(tag);
    if (reference === undefined) continue;
    for (const container of containersOf(config)) {
      if (!(params.containerNames ?? []).includes(container.name)) continue;
      if (container.image === reference && params.lastTriggeredImage === reference) continue;
      container.image = reference;
      params.lastTriggeredImage = reference;
      changed = true;
    }
  }
  return changed;
}

function containersOf({ spec }: DeploymentConfig): TemplateContainer[] {
  const { containers = [], initContainers = [] } = spec.template?.spec ?? {};
  return [...containers, ...initContainers];
}
