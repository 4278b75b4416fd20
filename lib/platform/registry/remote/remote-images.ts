import { createHash } from 'node:crypto';
import { INDEX_TYPES, LARGEST_MANIFEST, MANIFEST_TYPES } from '../../api/image/image-metadata.ts';
import { type Image, IMAGE_GROUP } from '../../api/image/image-types.ts';
import { DIGEST, type PullSpec, printPullSpec } from '../../api/image/pull-spec.ts';
import type { RegistryLogin, RemoteImages, RemoteQuestion } from '../../api/image/remote-images.ts';
import { newInternalError, newNotFound, newUnauthorized, StatusError } from '../../api/status-error.ts';
import { type Index, machineOf } from '../take-in.ts';
import type { AddressJudge } from './address-judge.ts';
import { remoteGet, type RemoteAnswer } from './remote-request.ts';

/** One question takes at most this long, whatever the registry does (ms). */
const TIMEOUT = 20_000;
/** Docker's own registry, which references leave out. */
const DOCKER_HUB = 'registry-1.docker.io';
const ACCEPT = [...MANIFEST_TYPES, ...INDEX_TYPES].join(', ');
const PAGE = 500;

export interface RemoteImagesOptions {
  readonly judge: AddressJudge;
  /** The platform's own registry, `ADDRESS:PORT`, which is no stranger. */
  readonly ownHost: () => Promise<string | undefined>;
  /** Who certifies that one. */
  readonly caPem: string;
}

/** Registries elsewhere, over HTTPS (Distribution: docs/spec/api.md and docs/spec/auth/token.md). Nothing they say is believed but by its digest. */
export function remoteImages(options: RemoteImagesOptions): RemoteImages {
  const ask = async <T>(question: RemoteQuestion, run: (session: Session) => Promise<T>): Promise<T> => {
    const what = printPullSpec(question.of);
    let failure: unknown;
    // Without a login last: many registries show everybody what they have.
    for (const login of [...question.logins, undefined]) {
      try {
        return await run(await openSession(options, question, login));
      } catch (error) {
        failure = error;
        if (!(error instanceof Refusal) || error.code !== 401) break;
      }
    }
    throw asStatus(failure, what);
  };
  return {
    find: (question) => ask(question, (session) => findImage(session, question.of)),
    tags: (question) => ask(question, (session) => listTags(session, question.of)),
  };
}

/** The registry answers with this code. */
class Refusal extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`the registry answers ${code}`);
    this.name = 'Refusal';
    this.code = code;
  }
}

function asStatus(error: unknown, what: string): StatusError {
  if (error instanceof StatusError) return error;
  if (error instanceof Refusal) {
    if (error.code === 401 || error.code === 403)
      return newUnauthorized(`you may not have access to the container image ${JSON.stringify(what)}`);
    if (error.code === 404) return newNotFound({ group: IMAGE_GROUP, resource: 'dockerimage' }, what);
  }
  const { name, message } = error as Error;
  return newInternalError(
    `${what}: ${name === 'TimeoutError' || name === 'AbortError' ? 'the registry takes too long' : message}`,
  );
}

interface Session {
  get(path: string, accept: string): Promise<RemoteAnswer>;
}

async function openSession(
  { judge, ownHost, caPem }: RemoteImagesOptions,
  { of, insecure }: RemoteQuestion,
  login: RegistryLogin | undefined,
): Promise<Session> {
  const own = of.registry !== '' && of.registry === (await ownHost());
  const signal = AbortSignal.timeout(TIMEOUT);
  const common = { insecure, judge: own ? undefined : judge, limit: LARGEST_MANIFEST, signal, ...(own ? { caPem } : {}) };
  const host = of.registry === '' || of.registry === 'docker.io' ? DOCKER_HUB : of.registry;
  let scheme = 'https';
  let authorization: string | undefined;
  const once = (path: string, accept: string): Promise<RemoteAnswer> =>
    remoteGet({
      ...common,
      url: new URL(`${scheme}://${host}${path}`),
      headers: { accept, ...(authorization === undefined ? {} : { authorization }) },
    });
  return {
    async get(path, accept) {
      let answer: RemoteAnswer;
      try {
        answer = await once(path, accept);
      } catch (error) {
        if (!insecure || scheme === 'http' || signal.aborted) throw error;
        scheme = 'http';
        answer = await once(path, accept);
      }
      if (answer.code === 401 && authorization === undefined) {
        authorization = await authorizationFor(String(answer.headers['www-authenticate'] ?? ''), of, login, common, scheme);
        answer = await once(path, accept);
      }
      if (answer.code !== 200) throw new Refusal(answer.code);
      return answer;
    },
  };
}

/** What a challenge asks for: the login itself, or a token from where it says (RFC 6750; Distribution's token specification). */
async function authorizationFor(
  challenge: string,
  of: PullSpec,
  login: RegistryLogin | undefined,
  common: Omit<Parameters<typeof remoteGet>[0], 'url' | 'headers'>,
  scheme: string,
): Promise<string> {
  const basic = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
  if (/^basic/i.test(challenge)) {
    if (basic === undefined) throw new Refusal(401);
    return basic;
  }
  const field = (name: string): string | undefined => new RegExp(`${name}="([^"]*)"`, 'i').exec(challenge)?.[1];
  const realm = field('realm') ?? '';
  if (!/^bearer/i.test(challenge) || !URL.canParse(realm)) throw new Refusal(401);
  const url = new URL(realm);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && scheme === 'http'))
    throw new Error('the registry sends for tokens to what is not TLS');
  const service = field('service');
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', `repository:${repositoryOf(of)}:pull`);
  const answer = await remoteGet({
    ...common,
    url,
    headers: { accept: 'application/json', ...(basic === undefined ? {} : { authorization: basic }) },
  });
  if (answer.code !== 200) throw new Refusal(answer.code === 403 ? 401 : answer.code);
  const { token, access_token: other } = parse(answer.body) as { token?: unknown; access_token?: unknown };
  const given = token ?? other;
  if (typeof given !== 'string' || !/^[\x21-\x7e]{1,16384}$/.test(given)) throw new Error('the registry gives no token');
  return `Bearer ${given}`;
}

const repositoryOf = ({ registry, repository }: PullSpec): string =>
  (registry === '' || registry === 'docker.io') && !repository.includes('/') ? `library/${repository}` : repository;

async function findImage(session: Session, of: PullSpec): Promise<Image> {
  const repository = repositoryOf(of);
  const reference = of.digest || of.tag || 'latest';
  const top = await session.get(`/v2/${repository}/manifests/${reference}`, ACCEPT);
  const digest = digestOf(top.body);
  if (of.digest !== '' && of.digest !== digest)
    throw new Error('the registry answers with another manifest than the one of this digest');
  const mediaType = String(top.headers['content-type'] ?? '')
    .split(';', 1)[0]!
    .trim();
  let manifest = top.body;
  if ((INDEX_TYPES as readonly string[]).includes(mediaType)) {
    const one = machineOf(parse(top.body) as Index);
    manifest = await checked(session.get(`/v2/${repository}/manifests/${one}`, ACCEPT), one);
  } else if (!(MANIFEST_TYPES as readonly string[]).includes(mediaType))
    throw new Error(`manifests of type ${JSON.stringify(mediaType.slice(0, 100))} are not known`);
  const { config } = parse(manifest) as { config?: { digest?: string } };
  const configDigest = config?.digest ?? '';
  if (!DIGEST.test(configDigest)) throw new Error('the manifest names no configuration');
  const text = await checked(session.get(`/v2/${repository}/blobs/${configDigest}`, '*/*'), configDigest);
  return {
    apiVersion: `${IMAGE_GROUP}/v1`,
    kind: 'Image',
    metadata: { name: digest },
    dockerImageReference: printPullSpec({ ...of, registry: of.registry || 'docker.io', repository, tag: '', digest }),
    dockerImageManifest: manifest.toString('utf8'),
    dockerImageManifestMediaType: mediaType,
    dockerImageConfig: text.toString('utf8'),
  };
}

async function listTags(session: Session, of: PullSpec): Promise<string[]> {
  const { body } = await session.get(`/v2/${repositoryOf(of)}/tags/list?n=${PAGE}`, 'application/json');
  const { tags } = parse(body) as { tags?: unknown };
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string').slice(0, PAGE) : [];
}

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function checked(answer: Promise<RemoteAnswer>, digest: string): Promise<Buffer> {
  const { body } = await answer;
  if (digestOf(body) !== digest) throw new Error('the registry answers with something else than what has this digest');
  return body;
}

function parse(body: Buffer): object {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // As the next line says.
  }
  throw new Error('the registry answers with what is no JSON');
}
