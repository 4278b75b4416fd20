import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { errorText } from '../../../common/errors.ts';
import { registryOf, splitReference } from '../../runtime/image-reference.ts';
import type { RegistryLogin } from '../kubelet/images/pull-secrets.ts';
import type { BlobOwner, BlobPlaces } from './blob-places.ts';
import { RegistryAccess } from './registry-access.ts';
import { relayName } from './relay-name.ts';

export interface PushTarget {
  /** `REGISTRY/NAMESPACE/NAME:TAG` */
  readonly output: string;
  readonly login: RegistryLogin | undefined;
  /** The project whose build it is. */
  readonly namespace: string;
  /** Repositories that its layers may be in already, as `NAMESPACE/NAME` of the same registry. */
  readonly places: BlobPlaces;
  /** Repositories of the images that it is from, in the same way. */
  readonly bases: readonly string[];
}

export interface PushRelay extends AsyncDisposable {
  /** What an image has to be called here, so that its push arrives where it should. */
  readonly name: string;
}

/**
 * Lets Docker push an image without giving it the name that it will have: a name on this machine is everybody's, and a build may choose any. Docker pushes to
 * a name of this relay that nobody can guess; the relay passes it on to one repository and one tag, with the build's own login, which Docker never
 * sees. A layer that the project has pushed elsewhere in the same registry, or that an image has which it is from, is taken over from there, with that login. Rejects when the registry cannot be
 * reached.
 */
export async function openPushRelay({ output, login, namespace, places, bases }: PushTarget): Promise<PushRelay> {
  const { name, tag } = splitReference(output);
  const host = registryOf(output);
  if (host.startsWith('https://')) throw new Error(`${output} names no registry to push to`);
  const access = new RegistryAccess(host, name.slice(host.length + 1), login);
  await access.connect();
  const secret = randomBytes(20).toString('hex');
  const blobs = new Blobs(access, { namespace, host }, places, bases);
  const server = createServer((request, response) => {
    relay({ access, blobs, secret, tag }, request, response).catch((error: unknown) => {
      if (response.headersSent) return void response.destroy();
      const errors = [{ code: 'UNKNOWN', message: errorText(error) }];
      return void response.writeHead(502, { 'content-type': 'application/json' }).end(JSON.stringify({ errors }));
    });
  });
  // An upload is as long as its layer.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    name: relayName((server.address() as AddressInfo).port, secret, tag),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Images of a build whose layers are looked for: each is asked of the registry. */
const MOST_BASES = 8;

const BLOB = /^blobs\/(sha256:[0-9a-f]{64})$/;
/** What a push asks for; nothing of other repositories, no deletion. */
const ALLOWED = /^(?:blobs\/sha256:[0-9a-f]{64}|blobs\/uploads\/[\w=.-]*|manifests\/[\w.:-]+)$/;
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'PUT']);

interface Push {
  readonly access: RegistryAccess;
  readonly blobs: Blobs;
  readonly secret: string;
  readonly tag: string;
}

async function relay({ access, blobs, secret, tag }: Push, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://relay');
  if (url.pathname === '/v2/') return void response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  const prefix = `/v2/${secret}/`;
  const rest = url.pathname.startsWith(prefix) ? url.pathname.slice(prefix.length) : '';
  const foreignTag = request.method === 'PUT' && rest.startsWith('manifests/') && rest !== `manifests/${tag}`;
  if (!ALLOWED.test(rest) || !METHODS.has(request.method!) || foreignTag)
    return void response.writeHead(404, { 'content-type': 'application/json' }).end('{"errors":[{"code":"NAME_UNKNOWN"}]}');
  // Blobs of other repositories are not for this one to have.
  for (const name of ['mount', 'from']) url.searchParams.delete(name);
  const { connection: _c, host: _h, authorization: _a, ...headers } = request.headers;
  const path = `/v2/${access.repository}/${rest}${url.search}`;
  const asked = request.method === 'HEAD' ? BLOB.exec(rest)?.[1] : undefined;
  const known = asked === undefined ? undefined : await blobs.ensure(asked);
  if (known !== undefined) return answerWith(known, response);
  const sent = await access.open(path, { method: request.method!, headers });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve);
    sent.once('error', reject);
    response.once('close', () => void (response.writableFinished || sent.destroy()));
  });
  pipeline(request, sent).catch(() => undefined);
  const answer = await answered;
  const { statusCode = 502 } = answer;
  if (request.method === 'PUT' && statusCode === 201) blobs.seen(url.searchParams.get('digest') ?? '');
  const location = answer.headers.location;
  const { connection: _x, ...given } = answer.headers;
  response.writeHead(statusCode, {
    ...given,
    ...(location === undefined ? {} : { location: ownLocation(location, access, prefix, request.headers.host!) }),
  });
  await pipeline(answer, response);
}

/** What the registry said to the same question. */
function answerWith({ statusCode = 502, headers }: IncomingMessage, response: ServerResponse): void {
  const { connection: _connection, ...given } = headers;
  response.writeHead(statusCode, given).end();
}

/** Where an upload goes on, as seen from Docker. */
function ownLocation(location: string, { host, repository }: RegistryAccess, prefix: string, relayHost: string): string {
  const url = new URL(location, `https://${host}`);
  const theirs = `/v2/${repository}/`;
  if (!url.pathname.startsWith(theirs)) throw new Error('the registry sends uploads elsewhere, which is not supported');
  return `http://${relayHost}${prefix}${url.pathname.slice(theirs.length)}${url.search}`;
}

/** Layers of one push: in its repository already, or brought there from another one of the project's (distribution spec, "Mounting a blob"). */
class Blobs {
  readonly #access: RegistryAccess;
  readonly #owner: BlobOwner;
  readonly #places: BlobPlaces;
  readonly #bases: readonly string[];

  constructor(access: RegistryAccess, owner: BlobOwner, places: BlobPlaces, bases: readonly string[]) {
    this.#access = access;
    this.#owner = owner;
    this.#places = places;
    this.#bases = bases;
  }

  seen(digest: string): void {
    if (BLOB.test(`blobs/${digest}`)) this.#places.seen(this.#owner, digest, this.#access.repository);
  }

  /**
   * Has the registry take over a layer that it does not have there, if it can. That it cannot means that the layer is sent. Resolves to what the
   * registry says of it (HEAD), undefined where that has changed.
   */
  async ensure(digest: string): Promise<IncomingMessage | undefined> {
    const { repository } = this.#access;
    const there = await this.#ask('HEAD', `/v2/${repository}/blobs/${digest}`);
    if (there.statusCode === 200) {
      this.seen(digest);
      return there;
    }
    const others = this.#bases.filter((base) => base !== repository).slice(0, MOST_BASES);
    for (const from of new Set([...this.#places.of(this.#owner, digest, repository), ...others])) {
      const query = new URLSearchParams({ mount: digest, from });
      if ((await this.#ask('POST', `/v2/${repository}/blobs/uploads/?${query}`, from)).statusCode !== 201) continue;
      this.seen(digest);
      return undefined;
    }
    return there;
  }

  async #ask(method: string, path: string, from?: string): Promise<IncomingMessage> {
    const sent = await this.#access.open(path, { method, headers: { 'content-length': 0 } }, from);
    return new Promise((resolve, reject) => {
      sent.once('error', reject);
      sent.once('response', (answer) => {
        answer.resume();
        resolve(answer);
      });
      sent.end();
    });
  }
}
