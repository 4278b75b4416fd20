import { errorText } from '../../../common/errors.ts';
import type { Log } from '../../../common/log.ts';
import type { ServedResource } from '../discovery/served-resources.ts';
import { isRecord } from '../store/json-value.ts';
import type { ObjectCache } from '../store/object-cache.ts';
import { fetchRemote, jsonOf } from './fetch-remote.ts';
import type { RemoteGroup } from './remote-group.ts';
import type { RemoteGroups } from './remote-groups.ts';
import { remoteResources } from './remote-resources.ts';

/** What a server has said of one of its group versions. */
export interface RemoteDocument {
  /** The last that was heard; none as long as it has never answered. */
  readonly resources: readonly ServedResource[];
  /** The last question was answered. */
  readonly current: boolean;
  /** Of its OpenAPI v3 document; undefined where it has none. */
  readonly openApiHash: string | undefined;
}

const NOTHING: RemoteDocument = { resources: [], current: false, openApiHash: undefined };
/** Between two looks at a server that is well, in ms. */
const PERIOD = 60_000;
const LIMITS = { timeout: 5000, limit: 4 << 20 };

/** Asks the servers of other group versions what they serve, after every change and once a minute, and remembers it. */
export class RemoteDocuments {
  readonly #groups: RemoteGroups;
  readonly #cache: ObjectCache;
  readonly #log: Log;
  readonly #known = new Map<string, RemoteDocument>();
  readonly #asking = new Set<string>();
  /** The way by which each was asked, as long as it is well. */
  readonly #asked = new Map<string, unknown>();
  #timer: NodeJS.Timeout | undefined;
  #generation = 0;
  #closed = false;

  constructor(groups: RemoteGroups, cache: ObjectCache, log: Log) {
    this.#groups = groups;
    this.#cache = cache;
    this.#log = log;
    groups.onChange(() => this.#look(false));
    this.#look(false);
  }

  /** Changes with every document and every change of the groups. */
  get generation(): number {
    return this.#generation;
  }

  of({ name, available }: RemoteGroup): RemoteDocument {
    const known = this.#known.get(name) ?? NOTHING;
    return available ? known : { ...known, current: false };
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** `again`: those that have been asked too. Changes of other groups are no reason to. */
  #look(again: boolean): void {
    this.#generation++;
    const remotes = this.#groups.all;
    const well = new Map(remotes.filter(({ available }) => available).map((remote) => [remote.name, remote]));
    for (const name of this.#asked.keys()) if (!well.has(name)) this.#asked.delete(name);
    const names = new Set(remotes.map(({ name }) => name));
    for (const name of this.#known.keys()) if (!names.has(name)) this.#known.delete(name);
    if (this.#closed || remotes.length === 0) return;
    for (const [name, remote] of well)
      if (!this.#asking.has(name) && (again || this.#asked.get(name) !== remote.agent)) void this.#ask(remote);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#look(true);
    }, PERIOD).unref();
  }

  async #ask(remote: RemoteGroup): Promise<void> {
    const { name, group, version } = remote;
    this.#asking.add(name);
    this.#asked.set(name, remote.agent);
    try {
      const list = jsonOf(await fetchRemote(this.#cache, remote, `/apis/${group}/${version}`, LIMITS));
      const resources = remoteResources(list, remote);
      this.#remember(name, { resources, current: true, openApiHash: await this.#openApiHash(remote) });
    } catch (error) {
      this.#log.warn({ apiService: name, error: errorText(error) }, 'an extension server does not say what it serves');
      this.#remember(name, { ...(this.#known.get(name) ?? NOTHING), current: false });
    } finally {
      this.#asking.delete(name);
    }
    // It was another server, or another way to it, when the question went out.
    const now = this.#groups.find(remote);
    if (!this.#closed && now?.available === true && now.agent !== remote.agent) void this.#ask(now);
  }

  #remember(name: string, document: RemoteDocument): void {
    if (this.#closed || !this.#groups.all.some((each) => each.name === name)) return;
    this.#known.set(name, document);
    this.#generation++;
  }

  /** Servers without OpenAPI v3 serve well; their kinds are explained by version 2. */
  async #openApiHash(remote: RemoteGroup): Promise<string | undefined> {
    try {
      const index = jsonOf(await fetchRemote(this.#cache, remote, '/openapi/v3', LIMITS));
      const paths = isRecord(index) && isRecord(index['paths']) ? index['paths'] : {};
      const entry = paths[`apis/${remote.group}/${remote.version}`];
      const url = isRecord(entry) ? entry['serverRelativeURL'] : undefined;
      if (typeof url !== 'string') return undefined;
      const hash = new URLSearchParams(url.slice(url.indexOf('?') + 1)).get('hash') ?? '';
      return /^[\w+/=-]{1,200}$/.test(hash) ? hash : '';
    } catch {
      return undefined;
    }
  }
}
