import type { EnvVar } from '../api/openshift-apps/deployment-config-types.ts';
import { isConflict } from '../api/status-error.ts';
import { appErrors } from './app-errors.ts';
import { requireWorkload } from './app-list.ts';
import type { PlatformAccess } from './platform-access.ts';
import type { Workload } from './workload.ts';

/** Kubernetes' EnvVarName. */
const VARIABLE = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;

/** Has so many pods run. @throws OoError APP_ARGUMENT, APP_NOT_FOUND */
export async function scaleApp(name: string, wanted: string, access: PlatformAccess): Promise<number> {
  const replicas = Number(wanted);
  if (!/^\d{1,6}$/.test(wanted)) throw appErrors.APP_ARGUMENT(wanted, 'is no number of pods: give 0, 1, 2 ...');
  const { ref } = await requireWorkload(access, name);
  await access.client.patch({ ...ref, subresource: 'scale' }, 'application/merge-patch+json', { spec: { replicas } });
  return replicas;
}

/** What `K=V` and `K-` ask for: a value for each name, or undefined where it is to go. @throws OoError APP_ARGUMENT */
export function environmentChanges(words: readonly string[]): ReadonlyMap<string, string | undefined> {
  return new Map(
    words.map((word) => {
      const at = word.indexOf('=');
      const name = at === -1 ? word.replace(/-$/, '') : word.slice(0, at);
      if (at === -1 && !word.endsWith('-'))
        throw appErrors.APP_ARGUMENT(word, 'changes nothing: give NAME=VALUE to set a variable, NAME- to remove it');
      if (!VARIABLE.test(name))
        throw appErrors.APP_ARGUMENT(name, "is no name of a variable: letters, digits, '_', '-' and '.', and no digit first");
      return [name, at === -1 ? undefined : word.slice(at + 1)];
    }),
  );
}

/** The variables after the changes, in their order; new ones last. */
export function changedEnvironment(env: readonly EnvVar[], changes: ReadonlyMap<string, string | undefined>): EnvVar[] {
  const kept = env.flatMap((variable) => {
    if (!changes.has(variable.name)) return [variable];
    const value = changes.get(variable.name);
    return value === undefined ? [] : [{ name: variable.name, value }];
  });
  const there = new Set(env.map(({ name }) => name));
  const added = [...changes].flatMap(([name, value]) => (value === undefined || there.has(name) ? [] : [{ name, value }]));
  return [...kept, ...added];
}

/** Changes the variables of an application, which rolls out a version where there is a change. Resolves to what they are then. */
export async function changeEnvironment(name: string, words: readonly string[], access: PlatformAccess): Promise<EnvVar[]> {
  const changes = environmentChanges(words);
  const { ref } = await requireWorkload(access, name);
  const { client } = access;
  for (;;) {
    const copy = structuredClone(await client.get<Workload>(ref)) as Workload;
    const container = copy.spec.template?.spec.containers[0];
    const before = container?.env ?? [];
    if (changes.size === 0 || container === undefined) return before;
    const env = changedEnvironment(before, changes);
    container.env = env;
    try {
      await client.update(ref, copy);
      return env;
    } catch (error) {
      // Its image has been changed meanwhile.
      if (!isConflict(error)) throw error;
    }
  }
}

/** As `changeEnvironment` reads it. What is from elsewhere is not shown: it may be secret. */
export const environmentText = (env: readonly EnvVar[]): string =>
  env
    .map(({ name, value, ...rest }) => ('valueFrom' in rest ? `# ${name} is from elsewhere\n` : `${name}=${value ?? ''}\n`))
    .join('');
