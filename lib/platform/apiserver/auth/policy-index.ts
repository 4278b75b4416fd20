import type { AccessQuestion, PolicyGrant, PolicyRule, RoleReference } from '../../api/access-policy.ts';
import type { ResourceDefinition } from '../../api/define-resource.ts';
import { ruleAllows } from '../../api/rbac/policy-rules.ts';
import type { UserInfo } from '../../api/verbs.ts';
import type { CacheEvent } from '../store/cache-event.ts';
import type { ObjectCache } from '../store/object-cache.ts';
import { resourcePrefix } from '../store/storage-key.ts';
import type { StoredObject } from '../store/stored-object.ts';

/** A role as it is in the cache. */
export interface IndexedRole {
  readonly rules: readonly PolicyRule[];
}

/** A binding as it is in the cache. */
export interface IndexedBinding extends PolicyGrant {
  /** Kind of the binding. */
  readonly kind: string;
  readonly name: string;
  /** '' for one that holds everywhere. */
  readonly namespace: string;
}

/** Hears that what is granted in these namespaces has changed, when the index knows it; '' among them: everywhere. */
export type PolicyListener = (namespaces: ReadonlySet<string>) => void;

/**
 * Roles and bindings in memory, found by what a decision begins with: the names of a user. Fed by the caches of the kinds
 * that hold policy, one change at a time.
 */
export class PolicyIndex {
  readonly #definitions: readonly ResourceDefinition[];
  readonly #cache: ObjectCache;
  /** By group, kind, namespace and name. */
  readonly #roles = new Map<string, IndexedRole>();
  /** By storage key. */
  readonly #bindings = new Map<string, IndexedBinding>();
  readonly #bySubject = new Map<string, Set<IndexedBinding>>();
  readonly #listeners = new Set<PolicyListener>();
  #unsubscribe: (() => void)[] = [];
  #generation = 0;

  constructor(definitions: readonly ResourceDefinition[], cache: ObjectCache) {
    this.#definitions = definitions.filter(({ policy }) => policy !== undefined);
    this.#cache = cache;
    this.#load();
    // The caches of kinds are new ones after a reset.
    cache.onReset(() => this.#load());
  }

  /** Changes with every change of policy: what was worked out before may be wrong now. */
  get generation(): number {
    return this.#generation;
  }

  /** The role that is meant, from a binding in that namespace. */
  role({ apiGroup, kind, name }: RoleReference, namespace: string): IndexedRole | undefined {
    return this.#roles.get(roleKey(apiGroup, kind, '', name)) ?? this.#roles.get(roleKey(apiGroup, kind, namespace, name));
  }

  /** Every binding that names the user or one of the user's groups. */
  bindingsOf(user: UserInfo): IndexedBinding[] {
    const found = new Set<IndexedBinding>();
    for (const key of subjectKeys(user)) for (const binding of this.#bySubject.get(key) ?? []) found.add(binding);
    return [...found].toSorted((a, b) => (bindingOrder(a) < bindingOrder(b) ? -1 : 1));
  }

  /** Whom bindings give what is asked, everywhere or in the question's namespace. */
  holdersOf(question: AccessQuestion): { users: string[]; groups: string[]; errors: string[] } {
    const { namespace = '' } = question;
    const [users, groups, errors] = [new Set<string>(), new Set<string>(), new Set<string>()];
    for (const binding of this.#bindings.values()) {
      if (binding.namespace !== '' && binding.namespace !== namespace) continue;
      const role = this.role(binding.role, binding.namespace);
      if (role === undefined) errors.add(missingRole(binding.role));
      if (role?.rules.some((rule) => ruleAllows(rule, question)) !== true) continue;
      for (const key of grantKeys(binding)) {
        const [kind, name] = key.split('\0') as [string, string];
        (kind === 'Group' ? groups : users).add(name);
      }
    }
    return { users: [...users].toSorted(), groups: [...groups].toSorted(), errors: [...errors].toSorted() };
  }

  /** Calls back after each change of policy. Who listens starts anew after a reset of the cache. */
  onChange(listener: PolicyListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Whether what the user may do could have been different at that revision; true as well when that is too long ago to be told. */
  changedFor(user: UserInfo, revision: number): boolean {
    return this.#definitions.some((definition) => {
      const since = this.#cache.resource(resourcePrefix(definition)).since(revision);
      return since === undefined || since.some((event) => this.#concerns(user, definition, event));
    });
  }

  #concerns(user: UserInfo, definition: ResourceDefinition, { object, previous }: CacheEvent): boolean {
    const { name, namespace = '' } = object.object.metadata;
    const policy = definition.policy!;
    if (policy.holds === 'rules')
      return this.bindingsOf(user).some(
        ({ role, namespace: within }) =>
          role.kind === definition.kind && role.name === name && (namespace === '' || within === namespace),
      );
    const names = new Set(subjectKeys(user));
    return [object, previous].some(
      (each) => each !== undefined && grantKeys({ ...policy.grant(each.object), namespace }).some((key) => names.has(key)),
    );
  }

  #load(): void {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    this.#roles.clear();
    this.#bindings.clear();
    this.#bySubject.clear();
    this.#generation++;
    for (const definition of this.#definitions) {
      const cache = this.#cache.resource(resourcePrefix(definition));
      for (const stored of cache.snapshot()) this.#put(definition, stored);
      this.#unsubscribe.push(
        cache.subscribe((events) => {
          this.#generation++;
          for (const { object, deleted } of events) {
            if (deleted) this.#remove(definition, object);
            else this.#put(definition, object);
          }
          const namespaces = new Set(events.map(({ object }) => object.object.metadata.namespace ?? ''));
          for (const listener of this.#listeners) listener(namespaces);
        }),
      );
    }
  }

  #put(definition: ResourceDefinition, stored: StoredObject): void {
    const policy = definition.policy!;
    const { name = '', namespace = '' } = stored.object.metadata;
    if (policy.holds === 'rules') {
      this.#roles.set(roleKey(definition.group, definition.kind, namespace, name), { rules: policy.rules(stored.object) });
      return;
    }
    this.#removeBinding(stored.key);
    const binding = { ...policy.grant(stored.object), kind: definition.kind, name, namespace };
    this.#bindings.set(stored.key, binding);
    for (const key of grantKeys(binding)) {
      const others = this.#bySubject.get(key);
      if (others === undefined) this.#bySubject.set(key, new Set([binding]));
      else others.add(binding);
    }
  }

  #remove(definition: ResourceDefinition, stored: StoredObject): void {
    const { name = '', namespace = '' } = stored.object.metadata;
    if (definition.policy!.holds === 'rules') this.#roles.delete(roleKey(definition.group, definition.kind, namespace, name));
    else this.#removeBinding(stored.key);
  }

  #removeBinding(storageKey: string): void {
    const binding = this.#bindings.get(storageKey);
    if (binding === undefined) return;
    this.#bindings.delete(storageKey);
    for (const key of grantKeys(binding)) {
      const others = this.#bySubject.get(key);
      others?.delete(binding);
      if (others?.size === 0) this.#bySubject.delete(key);
    }
  }
}

/** Of a binding whose role is not there. */
export const missingRole = ({ kind, apiGroup, name }: RoleReference): string =>
  `${kind.toLowerCase()}.${apiGroup} ${JSON.stringify(name)} not found`;

const roleKey = (...parts: readonly string[]): string => parts.join('\0');
/** Those that hold everywhere first, as they decide most. */
const bindingOrder = ({ namespace, name }: IndexedBinding): string => `${namespace}\0${name}`;

function grantKeys({ subjects, namespace: own }: Pick<IndexedBinding, 'subjects' | 'namespace'>): string[] {
  return subjects.flatMap(({ kind, name, namespace }) => {
    if (kind === 'User' || kind === 'Group') return [`${kind}\0${name}`];
    // An account that is named without its namespace is of the binding's.
    const of = namespace === undefined || namespace === '' ? own : namespace;
    return kind === 'ServiceAccount' && of !== '' ? [`User\0system:serviceaccount:${of}:${name}`] : [];
  });
}

const subjectKeys = ({ name, groups }: UserInfo): string[] => [`User\0${name}`, ...groups.map((group) => `Group\0${group}`)];
