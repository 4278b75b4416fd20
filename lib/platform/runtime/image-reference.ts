/** Parts of an image reference, by the rules of distribution/reference. */

/** `registry:5000/a/b:1.2@sha256:...` as name and tag or digest. A digest wins over a tag, as in Docker. */
export function splitReference(reference: string): { name: string; tag: string } {
  const at = reference.indexOf('@');
  const named = at === -1 ? reference : reference.slice(0, at);
  const colon = named.lastIndexOf(':');
  const tagged = colon > named.lastIndexOf('/');
  const name = tagged ? named.slice(0, colon) : named;
  return { name, tag: at === -1 ? (tagged ? named.slice(colon + 1) : 'latest') : reference.slice(at + 1) };
}

/** The registry's host in a reference; Docker Hub's address when the first part is no host name. */
export function registryOf(reference: string): string {
  const first = reference.split('/', 1)[0]!;
  const isHost = reference.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost');
  return isHost ? first : 'https://index.docker.io/v1/';
}

const NAME =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::\d+)?\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}$/;

/** undefined: well formed; else why not, in distribution/reference's words. */
export function referenceProblem(reference: string): string | undefined {
  if (reference === '') return 'repository name must have at least one component';
  const { name, tag } = splitReference(reference);
  if (name !== name.toLowerCase() && !NAME.test(name)) {
    const [host, ...rest] = name.split('/');
    if (rest.length === 0 ? host !== host!.toLowerCase() : rest.join('/') !== rest.join('/').toLowerCase())
      return 'repository name must be lowercase';
  }
  if (name.length > 255) return 'repository name must not be more than 255 characters';
  if (!NAME.test(name)) return 'invalid reference format';
  return (reference.includes('@') ? DIGEST : TAG).test(tag) ? undefined : 'invalid reference format';
}

/** As Docker lists names: without Docker Hub's, with a tag or, where there is one, with the digest alone. */
function listedName(reference: string): string {
  const { name, tag } = splitReference(reference);
  const familiar = name.replace(/^(?:index\.)?docker\.io\//, '').replace(/^library\//, '');
  return `${familiar}${reference.includes('@') ? '@' : ':'}${tag}`;
}

/** Whether an image has this name. Docker finds images by their ids too, and by no more than an id's first digits. */
export function isCalled(
  { tags, digests }: { readonly tags: readonly string[]; readonly digests: readonly string[] },
  reference: string,
): boolean {
  const wanted = listedName(reference);
  return [...tags, ...digests].some((name) => listedName(name) === wanted);
}

const PLATFORM = /^openshift\/[a-z0-9-]+(?=$|[:@])/;

/**
 * Whether an image came with the platform: `openshift/NAME`. It is in no registry, and nobody's push or pull can give its name another content, since
 * there is no host in it.
 */
export const isPlatformImage = (reference: string): boolean => PLATFORM.test(reference);

/**
 * The engine's id in `openshift/NAME@sha256:ID`: an image that was loaded has no digest of a registry's, so its id says which one is meant. undefined for
 * every other reference. The engine finds it by the id alone: `platformReferences` are the names that it has so.
 */
export const idOfPlatformImage = (reference: string): string | undefined =>
  /^openshift\/[a-z0-9-]+@(sha256:[0-9a-f]{64})$/.exec(reference)?.[1];

/** `openshift/NAME@sha256:ID` of each of its names that came with the platform. */
export const platformReferences = (id: string, tags: readonly string[]): string[] => [
  ...new Set(tags.filter(isPlatformImage).map((tag) => `${splitReference(tag).name}@${id}`)),
];
