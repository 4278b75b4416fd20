import type { IncomingMessage, RequestOptions } from 'node:http';
import { request } from 'node:https';
import { INDEX_TYPES, LARGEST_MANIFEST, MANIFEST_TYPES } from '../api/image/image-metadata.ts';
import type { Access, IssueToken } from './token-issuer.ts';

/** The registry has answered something else than what was asked for. */
export class RegistryAnswer extends Error {
  readonly code: number;
  constructor(what: string, code: number) {
    super(`${what}: the registry answers ${code}`);
    this.name = 'RegistryAnswer';
    this.code = code;
  }
}

/** More than anybody reads: it would be as long the next time. */
export class AnswerTooLong extends Error {
  constructor(limit: number) {
    super(`the answer is longer than ${limit} bytes`);
    this.name = 'AnswerTooLong';
  }
}

/** A manifest as the registry has it. */
export interface StoredManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly text: string;
}

/** Codes of what went well, where it is not 200. */
const SUCCESS: Readonly<Record<string, number>> = { DELETE: 202, PUT: 201 };
/** For an answer, whole (ms). What is not read in time is missing from the image for good, so a slow registry is waited for. */
const TIMEOUT = 60_000;
const PAGE = 1000;
/** What is read into memory at most; more is no manifest, no configuration and no list of tags. */
const LIMIT = LARGEST_MANIFEST;

/** The platform's own registry, spoken to with tokens that we sign ourselves (Distribution: docs/spec/api.md). */
export class RegistryConnection {
  readonly #issue: IssueToken;
  readonly #caPem: string;
  readonly #host: () => Promise<string | undefined>;

  /** `host`: where it is, `ADDRESS:PORT`; undefined while there is none. */
  constructor(options: { readonly issue: IssueToken; readonly caPem: string; readonly host: () => Promise<string | undefined> }) {
    this.#issue = options.issue;
    this.#caPem = options.caPem;
    this.#host = options.host;
  }

  /** Whether there is to be a registry at all. */
  async isThere(): Promise<boolean> {
    return (await this.#host()) !== undefined;
  }

  /** Whether there is anybody at the address. */
  async answers(): Promise<boolean> {
    try {
      await this.#ask('/v2/', { type: 'registry', name: 'catalog', actions: ['*'] });
      return true;
    } catch (error) {
      if (error instanceof RegistryAnswer) return true;
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ECONNREFUSED' || code === 'EHOSTUNREACH' || code === 'ECONNRESET') return false;
      throw error;
    }
  }

  /** Rejects with a RegistryAnswer of 404 for what is not there. */
  async manifest(repository: string, reference: string): Promise<StoredManifest> {
    const { headers, body } = await this.#ask(
      `/v2/${repository}/manifests/${reference}`,
      pull(repository),
      [...MANIFEST_TYPES, ...INDEX_TYPES].join(','),
    );
    return {
      digest: String(headers['docker-content-digest'] ?? ''),
      mediaType: String(headers['content-type'] ?? ''),
      text: body.toString('utf8'),
    };
  }

  /** A small blob: an image's configuration. */
  async blob(repository: string, digest: string): Promise<string> {
    return (await this.#ask(`/v2/${repository}/blobs/${digest}`, pull(repository))).body.toString('utf8');
  }

  /** Bytes of a blob; undefined where the registry does not have it. */
  async sizeOf(repository: string, digest: string): Promise<number | undefined> {
    try {
      const { headers } = await this.#ask(`/v2/${repository}/blobs/${digest}`, pull(repository), '*/*', 'HEAD');
      return Number(headers['content-length']);
    } catch (error) {
      if (error instanceof RegistryAnswer && error.code === 404) return undefined;
      throw error;
    }
  }

  /** All repositories, a page at a time. */
  async *repositories(): AsyncGenerator<string> {
    const access: Access = { type: 'registry', name: 'catalog', actions: ['*'] };
    let last = '';
    for (;;) {
      const query = `?n=${PAGE}${last === '' ? '' : `&last=${encodeURIComponent(last)}`}`;
      const { body } = await this.#ask(`/v2/_catalog${query}`, access);
      const names = namesIn(body, 'repositories');
      yield* names;
      if (names.length < PAGE) return;
      last = names.at(-1)!;
    }
  }

  /** The digest behind a tag, without its manifest. */
  async digestOf(repository: string, tag: string): Promise<string> {
    const accept = [...MANIFEST_TYPES, ...INDEX_TYPES].join(',');
    const { headers } = await this.#ask(`/v2/${repository}/manifests/${tag}`, pull(repository), accept, 'HEAD');
    return String(headers['docker-content-digest'] ?? '');
  }

  /** Takes a manifest and the tags that are it out of a repository; its layers stay until they are collected. False: it was not there. */
  async forget(repository: string, digest: string): Promise<boolean> {
    const access: Access = { type: 'repository', name: repository, actions: ['delete'] };
    try {
      await this.#ask(`/v2/${repository}/manifests/${digest}`, access, '*/*', 'DELETE');
      return true;
    } catch (error) {
      if (error instanceof RegistryAnswer && error.code === 404) return false;
      throw error;
    }
  }

  /** Has a tag stand for a manifest that the repository has. */
  async tag(repository: string, tag: string, digest: string): Promise<void> {
    const { mediaType, text } = await this.manifest(repository, digest);
    const access: Access = { type: 'repository', name: repository, actions: ['pull', 'push'] };
    await this.#ask(`/v2/${repository}/manifests/${tag}`, access, '*/*', 'PUT', { type: mediaType, text });
  }

  async tags(repository: string): Promise<string[]> {
    try {
      return namesIn((await this.#ask(`/v2/${repository}/tags/list`, pull(repository))).body, 'tags');
    } catch (error) {
      // A repository that only blobs were sent to.
      if (error instanceof RegistryAnswer && error.code === 404) return [];
      throw error;
    }
  }

  async #ask(
    path: string,
    access: Access,
    accept = '*/*',
    method = 'GET',
    body?: { readonly type: string; readonly text: string },
  ): Promise<{ readonly headers: IncomingMessage['headers']; readonly body: Buffer }> {
    const host = await this.#host();
    if (host === undefined) throw new Error('there is no registry');
    const { token } = await this.#issue('system:openshift:registry', [access]);
    const [hostname, port] = host.split(':') as [string, string];
    const options: RequestOptions & { ca: string } = {
      method,
      hostname,
      port,
      path,
      ca: this.#caPem,
      headers: { authorization: `Bearer ${token}`, accept, ...(body === undefined ? {} : { 'content-type': body.type }) },
      signal: AbortSignal.timeout(TIMEOUT),
    };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request(options, resolve).once('error', reject).end(body?.text);
    });
    if (response.statusCode !== (SUCCESS[method] ?? 200)) {
      response.resume();
      throw new RegistryAnswer(`${method} ${path}`, response.statusCode ?? 0);
    }
    return { headers: response.headers, body: await readLimited(response, LIMIT) };
  }
}

const pull = (repository: string): Access => ({ type: 'repository', name: repository, actions: ['pull'] });

/** The whole body. Rejects with AnswerTooLong, and ends the connection, when it is longer than `limit` bytes. */
export async function readLimited(response: IncomingMessage, limit: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > limit) {
      response.destroy();
      throw new AnswerTooLong(limit);
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function namesIn(body: Buffer, field: string): string[] {
  const value = (JSON.parse(body.toString('utf8')) as Record<string, unknown>)[field];
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
}
