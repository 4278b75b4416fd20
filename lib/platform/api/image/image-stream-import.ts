import type { VirtualContext } from '../virtual-resource.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { isAlreadyExists, newForbidden, type StatusCause } from '../status-error.ts';
import { invalid, required, tooMany } from '../validation/causes.ts';
import { asker, failureOf, findImages, type Imported, SUCCESS } from './import-images.ts';
import {
  type Image,
  IMAGE_GROUP,
  type ImageImportSpec,
  type ImageStream,
  type ImageStreamImport,
  type TagReference,
} from './image-types.ts';
import { parsePullSpec, printPullSpec, TAG } from './pull-spec.ts';
import { changeStream, ensureStream } from './stream-writes.ts';
import { addTagEvent, setImportCondition, specTag } from './tag-history.ts';

const IMAGES = { group: IMAGE_GROUP, version: 'v1', resource: 'images' };
/** OpenShift's: when the stream was last looked for in its registry. */
export const REPOSITORY_CHECK = 'openshift.io/image.dockerRepositoryCheck';
/** Images that one request may ask for. */
const MOST_IMAGES = 50;
/** Tags of a repository that are imported at once; the others are only named (OpenShift: maxImagesBulkImportedPerRepository). */
const MOST_TAGS = 5;

function validate({ metadata, spec }: ImageStreamImport): StatusCause[] {
  const causes: StatusCause[] = [];
  if ((metadata.name ?? '') === '') causes.push(required('metadata.name'));
  const { repository, images = [] } = spec;
  if (images.length > MOST_IMAGES) causes.push(tooMany('spec.images', images.length, MOST_IMAGES));
  images.forEach(({ from, to, importPolicy }, i) => {
    const field = `spec.images[${i}]`;
    causes.push(...validateFrom(from, `${field}.from`));
    const parsed = parsePullSpec(from?.name ?? '');
    const target = to?.name ?? '';
    if (to !== undefined && !TAG.test(target)) causes.push(invalid(`${field}.to.name`, target, 'must be a valid tag'));
    if (spec.import && to === undefined && parsed !== undefined && parsed.digest !== '')
      causes.push(required(`${field}.to.name`, 'the tag to which an image by its digest is imported'));
    if (parsed !== undefined && parsed.digest !== '' && importPolicy?.scheduled === true)
      causes.push(invalid(`${field}.from.name`, from.name, 'only tags can be scheduled for import'));
  });
  if (repository !== undefined && repository !== null) {
    causes.push(...validateFrom(repository.from, 'spec.repository.from'));
    const parsed = parsePullSpec(repository.from?.name ?? '');
    if (parsed !== undefined && (parsed.tag !== '' || parsed.digest !== ''))
      causes.push(
        invalid('spec.repository.from.name', repository.from.name, 'you must specify an image repository, not a tag or ID'),
      );
  } else if (images.length === 0)
    causes.push(invalid('spec.images', 0, 'you must specify at least one image or a repository import'));
  return causes;
}

function validateFrom(from: ImageImportSpec['from'] | undefined, field: string): StatusCause[] {
  const { kind = '', name = '' } = from ?? {};
  if (kind !== 'DockerImage') return [invalid(`${field}.kind`, kind, 'only DockerImage is supported')];
  if (name === '') return [required(`${field}.name`)];
  return parsePullSpec(name) === undefined ? [invalid(`${field}.name`, name, 'invalid reference format')] : [];
}

async function run(body: ImageStreamImport, context: VirtualContext): Promise<KubeObject> {
  const { spec } = body;
  if (spec.import) await requireStreamWrites(body, context);
  const images = await findImages(spec.images ?? [], context);
  const repository = await findRepository(body, context);
  const status: ImageStreamImport['status'] = {};
  if (spec.import) status.import = await store(body, [...images, ...(repository?.images ?? [])], context);
  if (images.length > 0) status.images = images.map(({ shown }) => shown);
  if (repository !== undefined)
    status.repository = {
      status: repository.status,
      images: repository.images.map(({ shown }) => shown),
      ...(repository.rest.length === 0 ? {} : { additionalTags: repository.rest }),
    };
  return { ...body, status };
}

/** Who imports writes the stream. */
async function requireStreamWrites({ metadata }: ImageStreamImport, { access, user, namespace }: VirtualContext): Promise<void> {
  const name = metadata.name!;
  for (const verb of ['create', 'update']) {
    const question = { verb, group: IMAGE_GROUP, version: 'v1', resource: 'imagestreams', namespace, name };
    const { allowed } = await access.authorize(user, question);
    if (!allowed)
      throw newForbidden({ group: IMAGE_GROUP, resource: 'imagestreamimports' }, name, `you may not ${verb} image streams`);
  }
}

async function findRepository(
  { spec }: ImageStreamImport,
  context: VirtualContext,
): Promise<{ readonly status: typeof SUCCESS; readonly images: Imported[]; readonly rest: string[] } | undefined> {
  const wanted = spec.repository ?? undefined;
  if (wanted === undefined) return undefined;
  const of = parsePullSpec(wanted.from.name!)!;
  const ask = await asker(context);
  try {
    const tags = (await context.remoteImages.tags(ask(of, wanted.importPolicy?.insecure === true))).filter((tag) =>
      TAG.test(tag),
    );
    // What everybody means comes first.
    const sorted = tags.toSorted((a, b) => Number(b === 'latest') - Number(a === 'latest') || (a < b ? -1 : 1));
    const { from: _from, ...policies } = wanted;
    const specs = sorted
      .slice(0, MOST_TAGS)
      .map((tag) => ({ ...policies, from: { kind: 'DockerImage', name: printPullSpec({ ...of, tag }) }, to: { name: tag } }));
    return { status: SUCCESS, images: await findImages(specs, context), rest: sorted.slice(MOST_TAGS) };
  } catch (error) {
    return { status: failureOf(error, printPullSpec(of)), images: [], rest: [] };
  }
}

/** Images first, then what tags are wished for, then what they are: stopped in between, the import controller goes on from there. */
async function store(body: ImageStreamImport, images: readonly Imported[], context: VirtualContext): Promise<ImageStream> {
  const { verbs, namespace, now, dryRun } = context;
  const of = { namespace, name: body.metadata.name! };
  const tagged = images.filter(({ shown }) => shown.tag !== undefined);
  if (dryRun) return ensureStream(verbs, of);
  for (const { found } of tagged) if (found !== undefined) await createImage(found, context);
  await ensureStream(verbs, of);
  await changeStream(verbs, of, (stream) => {
    for (const { spec, shown } of tagged) setSpecTag(stream, spec, shown.tag!);
    if (body.spec.repository !== undefined && body.spec.repository !== null)
      stream.spec.dockerImageRepository ??= body.spec.repository.from.name!;
    stream.metadata.annotations = { ...stream.metadata.annotations, [REPOSITORY_CHECK]: now };
    return true;
  });
  return changeStream(
    verbs,
    of,
    (stream) => {
      let changed = false;
      for (const { found, shown } of tagged) {
        const tag = shown.tag!;
        const generation = specTag(stream, tag)?.generation ?? stream.metadata.generation ?? 1;
        if (found === undefined) {
          const { reason = 'InternalError', message = '' } = shown.status;
          const condition = {
            type: 'ImportSuccess',
            status: 'False' as const,
            reason,
            message,
            lastTransitionTime: now,
            generation,
          };
          changed = setImportCondition(stream, tag, condition) || changed;
          continue;
        }
        const event = {
          created: now,
          dockerImageReference: found.dockerImageReference!,
          image: found.metadata.name!,
          generation,
        };
        changed = addTagEvent(stream, tag, event) || changed;
        changed = setImportCondition(stream, tag, undefined) || changed;
      }
      return changed;
    },
    { status: true },
  );
}

/** A tag that says the same keeps its generation: nobody has to import it again. */
function setSpecTag(stream: ImageStream, { from, importPolicy, referencePolicy }: ImageImportSpec, name: string): void {
  const wanted: TagReference = {
    name,
    from: { kind: 'DockerImage', name: from.name! },
    importPolicy: importPolicy ?? {},
    referencePolicy: referencePolicy ?? { type: 'Source' },
  };
  const known = specTag(stream, name);
  if (known === undefined) stream.spec.tags = [...(stream.spec.tags ?? []), wanted];
  else Object.assign(known, { ...wanted, reference: false });
}

async function createImage(found: Image, { verbs }: VirtualContext): Promise<void> {
  try {
    await verbs.create(IMAGES, structuredClone(found));
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/** Asks registries elsewhere for images, and with `import` makes them tags of the stream of this name. */
export const imageStreamImport = defineResource<ImageStreamImport>({
  group: IMAGE_GROUP,
  version: 'v1',
  kind: 'ImageStreamImport',
  plural: 'imagestreamimports',
  namespaced: true,
  schema: 'com.github.openshift.api.image.v1.ImageStreamImport',
  strategy: { validate },
  verbs: ['create'],
  virtual: { create: (body, context) => run(body as ImageStreamImport, context) },
});
