import {
  type KubeconfigLists,
  type Named,
  parseKubeconfig,
  type Section,
  sections,
} from '../../common/kubeconfig/edit-kubeconfig.ts';
import { entriesOf, hostOfCluster, type KubeconfigEntry } from './kubeconfig-entry.ts';
import { kubeconfigErrors } from './kubeconfig-errors.ts';

/**
 * A kubeconfig's text with an entry in it: in the place of the one that we put there for the same server, else last. Other entries keep every
 * byte, comments too, unless the file is written in flow style (JSON). The current context is set when there is none, or when
 * `setContext` says so. Throws KUBECONFIG_UNREADABLE and KUBECONFIG_NAME_TAKEN; `path` is for their messages.
 */
export function mergeKubeconfig(
  text: string,
  entry: KubeconfigEntry,
  options: { readonly path: string; readonly setContext?: boolean },
): string {
  const { config, edit } = parseKubeconfig(text, options.path);
  const values = entriesOf(entry);
  const before = ownNames(config, entry.host);
  for (const section of sections) {
    if (config[section].some(({ name }) => name === entry.name) && !before[section].has(entry.name)) {
      throw kubeconfigErrors.KUBECONFIG_NAME_TAKEN(options.path, section.slice(0, -1), entry.name);
    }
  }
  const current = config['current-context'] ?? '';
  const setContext = current === '' || options.setContext === true || before.contexts.has(current);
  return edit((editor) => {
    for (const section of sections) {
      // Under another name until now.
      const stale = before[section].difference(new Set([entry.name]));
      if (stale.size > 0) editor.remove(section, stale);
      editor.put(section, values[section]);
    }
    if (setContext && current !== entry.name) editor.set('current-context', entry.name);
  });
}

/** The text without what `mergeKubeconfig` put there for a server, and the names of the contexts that went. */
export function removeFromKubeconfig(text: string, host: string, path: string): { text: string; removed: string[] } {
  const { config, edit } = parseKubeconfig(text, path);
  const own = ownNames(config, host);
  if (own.clusters.size === 0) return { text, removed: [] };
  const current = config['current-context'] ?? '';
  const without = edit((editor) => {
    for (const section of sections) editor.remove(section, own[section]);
    if (own.contexts.has(current)) editor.set('current-context', '');
  });
  return { text: without, removed: [...own.contexts] };
}

/** What is ours: clusters with our mark for this server, contexts of these clusters, and users that no other context has. */
function ownNames(config: KubeconfigLists, host: string): Record<Section, Set<string>> {
  const clusters = new Set(config.clusters.filter((one) => hostOfCluster(one) === host).map(({ name }) => name));
  const contextOf = (one: Named) => (one['context'] ?? {}) as { cluster?: string; user?: string };
  const ours = config.contexts.filter((one) => clusters.has(contextOf(one).cluster ?? ''));
  const others = new Set(config.contexts.filter((one) => !ours.includes(one)).map((one) => contextOf(one).user));
  const users = [...ours.map((one) => contextOf(one).user ?? ''), ...clusters].filter((name) => !others.has(name));
  const known = new Set(config.users.map(({ name }) => name));
  return { clusters, contexts: new Set(ours.map(({ name }) => name)), users: new Set(users).intersection(known) };
}
