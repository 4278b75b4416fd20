import { errorText } from '../../../common/errors.ts';
import type { Clock } from '../../../common/clock.ts';
import type { Log } from '../../../common/log.ts';
import { document, type Document, documentOf } from '../discovery/discovery-documents.ts';
import { answer, type DiscoveryRequest, PROTOBUF_TYPES } from '../discovery/discovery-handler.ts';
import { swaggerProtobuf } from '../discovery/swagger-protobuf.ts';
import type { Answer } from '../http/response.ts';
import type { ObjectCache } from '../store/object-cache.ts';
import { fetchRemote, jsonOf } from './fetch-remote.ts';
import type { RemoteGroup } from './remote-group.ts';
import type { RemoteGroups } from './remote-groups.ts';
import { type Node, partOf, type SwaggerPart, withoutPart, withPart } from './swagger-parts.ts';

/** How long a server's part, or that there was none, is good for, in ms. */
const PERIOD = 60_000;
const LIMITS = { timeout: 5000, limit: 16 << 20 };

interface Sources {
  readonly local: { handle(request: DiscoveryRequest): Answer | undefined };
  readonly groups: RemoteGroups;
  readonly cache: ObjectCache;
  readonly clock: Clock;
  readonly log: Log;
}

interface Part {
  readonly agent: unknown;
  readonly until: number;
  readonly part: Promise<SwaggerPart | undefined>;
}

/** The OpenAPI v2 document with the parts of other servers. These are fetched when somebody asks for it. */
export class SwaggerMerger {
  readonly #sources: Sources;
  readonly #parts = new Map<string, Part>();
  /** The last document, what it was made of, and its two forms. */
  #made: { of: readonly unknown[]; json: Document; protobuf: Document } | undefined;

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  async handle(request: DiscoveryRequest): Promise<Answer | undefined> {
    const { local, groups } = this.#sources;
    const own = local.handle({ ...request, ifNoneMatch: undefined, pretty: false });
    if (own === undefined) return undefined;
    const remotes = groups.all.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const parts = await Promise.all(remotes.map((remote) => this.#part(remote)));
    const json = local.handle({ path: request.path, accept: 'application/json', ifNoneMatch: undefined, pretty: false })!;
    const of = [json.headers?.['etag'], ...remotes.map(({ name }) => name), ...parts];
    if (this.#made === undefined || of.length !== this.#made.of.length || of.some((each, i) => each !== this.#made!.of[i])) {
      let swagger = JSON.parse(json.body.toString('utf8')) as Node;
      for (const remote of remotes) swagger = withoutPart(swagger, remote);
      for (const part of parts) if (part !== undefined) swagger = withPart(swagger, part);
      this.#made = { of, json: document(swagger), protobuf: documentOf(swaggerProtobuf(swagger)) };
    }
    const protobuf = PROTOBUF_TYPES.includes(own.contentType);
    return answer(
      protobuf ? { ...request, pretty: false } : request,
      this.#made[protobuf ? 'protobuf' : 'json'],
      own.contentType,
    );
  }

  #part(remote: RemoteGroup): Promise<SwaggerPart | undefined> {
    const { clock, groups } = this.#sources;
    for (const name of this.#parts.keys()) if (!groups.all.some((each) => each.name === name)) this.#parts.delete(name);
    const known = this.#parts.get(remote.name);
    if (known !== undefined && known.agent === remote.agent && known.until > clock.monotonic()) return known.part;
    if (!remote.available) return known?.part ?? Promise.resolve(undefined);
    const part = this.#fetch(remote, known?.part);
    this.#parts.set(remote.name, { agent: remote.agent, until: clock.monotonic() + PERIOD, part });
    return part;
  }

  async #fetch(remote: RemoteGroup, before: Promise<SwaggerPart | undefined> | undefined): Promise<SwaggerPart | undefined> {
    const { cache, log } = this.#sources;
    try {
      const part = partOf(jsonOf(await fetchRemote(cache, remote, '/openapi/v2', LIMITS)), remote);
      // What cannot be said in protobuf is no document, and would be nobody's.
      swaggerProtobuf({ ...part });
      const last = await before;
      return JSON.stringify(last) === JSON.stringify(part) ? last : part;
    } catch (error) {
      log.debug({ apiService: remote.name, error: errorText(error) }, 'an extension server has no OpenAPI v2 document');
      return undefined;
    }
  }
}
