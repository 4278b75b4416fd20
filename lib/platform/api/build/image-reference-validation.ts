import type { StatusCause } from '../status-error.ts';
import { invalid, required } from '../validation/causes.ts';
import { dns1123Subdomain } from '../validation/names.ts';
import type { ImageReference } from './build-types.ts';

/** `[HOST[:PORT]/]PATH[:TAG][@DIGEST]` (distribution/reference), not looked into further. */
const IMAGE =
  /^(?:(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9-]+)*(?::\d{1,5})?\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*(?::\w[\w.-]{0,127})?(?:@[a-z0-9+._-]+:[0-9a-fA-F]{32,})?$/;
const TAG = /^\w[\w.-]{0,127}$/;

/** Whether the engine could pull or push it. */
const isImageName = (name: string): boolean => name.length <= 512 && IMAGE.test(name);

/** `NAME:TAG` of an image stream, taken apart; undefined when it is none. */
export function parseStreamTag(name: string): { readonly stream: string; readonly tag: string } | undefined {
  const [stream = '', tag = '', ...more] = name.split(':');
  return more.length === 0 && dns1123Subdomain(stream).length === 0 && TAG.test(tag) ? { stream, tag } : undefined;
}

/** What a build is from: an image of any kind (openshift-apiserver, build validation.go ValidateFromImageReference). */
export function validateFrom(from: Partial<ImageReference> | undefined, path: string): StatusCause[] {
  const { kind = '', name = '', namespace = '' } = from ?? {};
  switch (kind) {
    case 'ImageStreamTag':
      return validateStreamTag(name, namespace, path);
    case 'ImageStreamImage':
      if (name === '') return [required(`${path}.name`)];
      return [
        ...(/^[^@\s]+@[^@\s]+$/.test(name) ? [] : [invalid(`${path}.name`, name, 'must be in the form NAME@DIGEST')]),
        ...validateNamespace(namespace, path),
      ];
    case 'DockerImage':
      return validateDockerImage(name, namespace, path);
    case '':
      return [required(`${path}.kind`)];
    default:
      return [
        invalid(
          `${path}.kind`,
          kind,
          "the source of a builder image must be one of 'ImageStreamTag', 'ImageStreamImage', 'DockerImage'",
        ),
      ];
  }
}

/** Where a build puts its image. */
export function validateTo({ kind = '', name = '', namespace = '' }: Partial<ImageReference>, path: string): StatusCause[] {
  if (kind === 'ImageStreamTag') return validateStreamTag(name, namespace, path);
  if (kind === 'DockerImage') return validateDockerImage(name, namespace, path);
  return kind === ''
    ? [required(`${path}.kind`)]
    : [invalid(`${path}.kind`, kind, "the target of build output must be an 'ImageStreamTag' or 'DockerImage'")];
}

function validateStreamTag(name: string, namespace: string, path: string): StatusCause[] {
  if (name === '') return [required(`${path}.name`)];
  const problem = 'ImageStreamTag object references must be in the form <name>:<tag>';
  return [
    ...(parseStreamTag(name) === undefined ? [invalid(`${path}.name`, name, problem)] : []),
    ...validateNamespace(namespace, path),
  ];
}

function validateDockerImage(name: string, namespace: string, path: string): StatusCause[] {
  const causes =
    namespace === '' ? [] : [invalid(`${path}.namespace`, namespace, "namespace is not valid when used with a 'DockerImage'")];
  if (name === '') return [...causes, required(`${path}.name`)];
  return isImageName(name) ? causes : [...causes, invalid(`${path}.name`, name, 'name is not a valid Docker pull specification')];
}

const validateNamespace = (namespace: string, path: string): StatusCause[] =>
  namespace === '' ? [] : dns1123Subdomain(namespace).map((problem) => invalid(`${path}.namespace`, namespace, problem));
