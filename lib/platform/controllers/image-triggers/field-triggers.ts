import type { KubeObject } from '../../api/meta.ts';
import { IMAGE_TRIGGERS, type TagLookup, type TagName, tagNameOf } from '../../api/openshift-apps/image-changes.ts';

/** A tag, and the field that holds its image (openshift/library-go image trigger ObjectFieldTrigger). */
export interface FieldTrigger {
  readonly tag: TagName;
  readonly field: ImageField;
}

interface ImageField {
  /** The pod spec's place in the object. */
  readonly spec: readonly string[];
  readonly list: 'containers' | 'initContainers';
  /** The container: by its name, or by its place. */
  readonly container: string | number;
}

const FIELD =
  /^spec\.(jobTemplate\.spec\.)?template\.spec\.(containers|initContainers)\[(?:(\d{1,4})|\?\(@\.name==(?:"([^"]+)"|'([^']+)')\))\]\.image$/;

/**
 * What the annotation says; none where there is no annotation. Triggers that are paused are left out. Throws an Error that tells what is wrong
 * with it.
 */
export function fieldTriggers({ metadata }: KubeObject): FieldTrigger[] {
  const text = metadata.annotations?.[IMAGE_TRIGGERS];
  if (text === undefined || text.trim() === '') return [];
  const all = parsed(text);
  return all.flatMap((each, n) => {
    const { from, fieldPath, paused } = (each ?? {}) as { from?: unknown; fieldPath?: unknown; paused?: unknown };
    if (paused === true || paused === 'true') return [];
    const tag = tagNameOf((from ?? {}) as Parameters<typeof tagNameOf>[0], metadata.namespace ?? '');
    if (tag === undefined)
      throw new Error(`${IMAGE_TRIGGERS}[${n}].from must be an ImageStreamTag with a name like "web:latest"`);
    const field = typeof fieldPath === 'string' ? parseField(fieldPath) : undefined;
    if (field === undefined)
      throw new Error(
        `${IMAGE_TRIGGERS}[${n}].fieldPath ${JSON.stringify(fieldPath)} must be like spec.template.spec.containers[?(@.name=="web")].image`,
      );
    return [{ tag, field }];
  });
}

function parsed(text: string): unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${IMAGE_TRIGGERS} is no JSON: ${(cause as Error).message}`, { cause });
  }
  if (!Array.isArray(value)) throw new Error(`${IMAGE_TRIGGERS} must be a list of triggers`);
  return value;
}

function parseField(path: string): ImageField | undefined {
  const [, job, list, place, double, single] = FIELD.exec(path) ?? [];
  if (list === undefined) return undefined;
  return {
    spec: ['spec', ...(job === undefined ? [] : ['jobTemplate', 'spec']), 'template', 'spec'],
    list: list as ImageField['list'],
    container: place === undefined ? (double ?? single)! : Number(place),
  };
}

/** The object with what its tags stand for now; undefined where that is what it has. */
export function withImages(object: KubeObject, triggers: readonly FieldTrigger[], lookup: TagLookup): KubeObject | undefined {
  const next = structuredClone(object);
  let changed = false;
  for (const { tag, field } of triggers) {
    const reference = lookup(tag);
    const container = reference === undefined ? undefined : containerOf(next, field);
    if (container === undefined || container.image === reference) continue;
    container.image = reference!;
    changed = true;
  }
  return changed ? next : undefined;
}

function containerOf(object: KubeObject, { spec, list, container }: ImageField): { image?: string } | undefined {
  let at = object as unknown as Record<string, unknown> | undefined;
  for (const part of spec) at = at?.[part] as Record<string, unknown> | undefined;
  const all = (at?.[list] ?? []) as { name?: string; image?: string }[];
  return typeof container === 'number' ? all[container] : all.find(({ name }) => name === container);
}
