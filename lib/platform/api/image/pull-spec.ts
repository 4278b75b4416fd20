/** What a reference to an image names (Docker's reference grammar, distribution/reference). */
export interface PullSpec {
  /** `registry.example:5000`; '' is Docker's own registry. */
  readonly registry: string;
  /** The repository in it: `shop/web`. */
  readonly repository: string;
  readonly tag: string;
  /** `sha256:...`; '' where there is none. */
  readonly digest: string;
}

const HOST = /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?)(?::\d{1,5})?$/;
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const LONGEST_NAME = 255;

/** A tag, by itself. */
export const TAG = /^\w[\w.-]{0,127}$/;
export const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** The parts of `registry:5000/a/b:tag@sha256:...`; undefined for what is no reference. */
export function parsePullSpec(text: string): PullSpec | undefined {
  const at = text.indexOf('@');
  const digest = at === -1 ? '' : text.slice(at + 1);
  const named = at === -1 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(':');
  const tagged = colon > named.lastIndexOf('/');
  const tag = tagged ? named.slice(colon + 1) : '';
  const name = tagged ? named.slice(0, colon) : named;
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  const isHost = first.includes('.') || first.includes(':') || first === 'localhost';
  const registry = isHost ? first : '';
  const repository = isHost ? name.slice(slash + 1) : name;
  if (name.length > LONGEST_NAME || !REPOSITORY.test(repository) || (registry !== '' && !HOST.test(registry))) return undefined;
  if ((tagged && !TAG.test(tag)) || (at !== -1 && !DIGEST.test(digest))) return undefined;
  return { registry, repository, tag, digest };
}

/** As Docker takes it. A digest stands in place of the tag. */
export const printPullSpec = ({ registry, repository, tag, digest }: PullSpec): string =>
  `${registry === '' ? '' : `${registry}/`}${repository}${digest !== '' ? `@${digest}` : tag === '' ? '' : `:${tag}`}`;

/** `STREAM:TAG`. Undefined for what is none. */
export function splitTagName(name: string): { readonly stream: string; readonly tag: string } | undefined {
  const [stream = '', tag = '', ...rest] = name.split(':');
  return stream === '' || !TAG.test(tag) || rest.length > 0 ? undefined : { stream, tag };
}

/** `STREAM@sha256:...`; the digest may be shortened. Undefined for what is none. */
export function splitImageName(name: string): { readonly stream: string; readonly id: string } | undefined {
  const [stream = '', id = '', ...rest] = name.split('@');
  return stream === '' || id === '' || rest.length > 0 ? undefined : { stream, id };
}
