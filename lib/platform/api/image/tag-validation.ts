import type { StatusCause } from '../status-error.ts';
import { duplicate, invalid, notSupported, required } from '../validation/causes.ts';
import type { ImageStream, TagReference } from './image-types.ts';
import { DIGEST, parsePullSpec, splitImageName, splitTagName, TAG } from './pull-spec.ts';

const KINDS = ['DockerImage', 'ImageStreamImage', 'ImageStreamTag'];
const POLICIES = ['Source', 'Local'];
/** What one stream may ask for: each is looked at whenever the stream is written. */
const MOST_TAGS = 1000;

/** OpenShift: image/validation, ValidateImageStream. */
export function validateStream({ metadata, spec }: ImageStream): StatusCause[] {
  const causes: StatusCause[] = [];
  const { namespace = '', name = '' } = metadata;
  if (!name.includes('/') && parsePullSpec(`${namespace}/${name}`) === undefined)
    causes.push(
      invalid(
        'metadata.name',
        name,
        'must be a name of a repository: lower-case letters, digits, and ".", "_" or "-" between them',
      ),
    );
  const elsewhere = spec?.dockerImageRepository ?? '';
  const parsed = parsePullSpec(elsewhere);
  if (elsewhere !== '') {
    if (parsed === undefined) causes.push(invalid('spec.dockerImageRepository', elsewhere, 'invalid reference format'));
    else if (parsed.tag !== '')
      causes.push(invalid('spec.dockerImageRepository', elsewhere, 'the repository name may not contain a tag'));
    else if (parsed.digest !== '')
      causes.push(invalid('spec.dockerImageRepository', elsewhere, 'the repository name may not contain an ID'));
  }
  const tags = spec?.tags ?? [];
  if (tags.length > MOST_TAGS) causes.push(invalid('spec.tags', tags.length, `must have at most ${MOST_TAGS} items`));
  const names = new Set<string>();
  for (const tag of tags) {
    const field = `spec.tags[${tag.name ?? ''}]`;
    if (names.has(tag.name)) causes.push(duplicate(`${field}.name`, tag.name));
    names.add(tag.name);
    causes.push(...validateTag(tag, field));
  }
  return causes;
}

/** One tag reference, at `field`. */
export function validateTag({ name = '', from, referencePolicy, importPolicy }: TagReference, field: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (name === '') causes.push(required(`${field}.name`, 'name is required'));
  else if (!TAG.test(name)) causes.push(invalid(`${field}.name`, name, 'must be a valid tag'));
  const policy = referencePolicy?.type ?? 'Source';
  if (!POLICIES.includes(policy)) causes.push(notSupported(`${field}.referencePolicy.type`, policy, POLICIES));
  if (from === undefined || from === null) return causes;
  const { kind = '', name: source = '' } = from;
  if (!KINDS.includes(kind)) return [...causes, invalid(`${field}.from.kind`, kind, `valid values are ${KINDS.join(', ')}`)];
  if (source === '') return [...causes, required(`${field}.from.name`)];
  if (kind === 'DockerImage') {
    const parsed = parsePullSpec(source);
    if (parsed === undefined) causes.push(invalid(`${field}.from.name`, source, 'invalid reference format'));
    else if (parsed.digest !== '' && importPolicy?.scheduled === true)
      causes.push(invalid(`${field}.from.name`, source, 'only tags can be scheduled for import'));
  } else if (importPolicy?.scheduled === true)
    causes.push(
      invalid(
        `${field}.importPolicy.scheduled`,
        true,
        'only tags pointing to Docker repositories may be scheduled for background import',
      ),
    );
  if (kind === 'ImageStreamImage' && !DIGEST.test(splitImageName(source)?.id ?? ''))
    causes.push(invalid(`${field}.from.name`, source, 'must be in the form <name>@<id>'));
  if (kind === 'ImageStreamTag' && splitTagName(source) === undefined && !TAG.test(source))
    causes.push(invalid(`${field}.from.name`, source, 'must be in the form of <tag> or <name>:<tag>'));
  return causes;
}
