import { isDeepStrictEqual } from 'node:util';
import { type Document, parseDocument } from 'yaml';
import { z } from 'zod';
import { entriesOf, hostOfCluster, type KubeconfigEntry, type Named, type Section, sections } from './kubeconfig-entry.ts';
import { kubeconfigErrors } from './kubeconfig-errors.ts';
import { NotSpliceable, YamlSplicer } from './splice-yaml.ts';

const list = z
  .array(z.looseObject({ name: z.string() }))
  .nullish()
  .transform((value) => value ?? []);
const kubeconfig = z.looseObject({ clusters: list, users: list, contexts: list, 'current-context': z.string().nullish() });
type Kubeconfig = z.infer<typeof kubeconfig>;

/** How an edit is made: on the text itself, or, where that is not written in block style, on the parsed document. */
interface Editor {
  put(section: Section, entry: Named): void;
  remove(section: Section, names: ReadonlySet<string>): void;
  set(key: string, value: string): void;
}

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
  const { doc, config } = read(text, options.path);
  const values = entriesOf(entry);
  const before = ownNames(config, entry.host);
  for (const section of sections) {
    if (config[section].some(({ name }) => name === entry.name) && !before[section].has(entry.name)) {
      throw kubeconfigErrors.KUBECONFIG_NAME_TAKEN(options.path, section.slice(0, -1), entry.name);
    }
  }
  const current = config['current-context'] ?? '';
  const setContext = current === '' || options.setContext === true || before.contexts.has(current);
  return edit(text, doc, options.path, (editor) => {
    if (doc.contents === null) {
      editor.set('apiVersion', 'v1');
      editor.set('kind', 'Config');
    }
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
  const { doc, config } = read(text, path);
  const own = ownNames(config, host);
  if (own.clusters.size === 0) return { text, removed: [] };
  const current = config['current-context'] ?? '';
  const without = edit(text, doc, path, (editor) => {
    for (const section of sections) editor.remove(section, own[section]);
    if (own.contexts.has(current)) editor.set('current-context', '');
  });
  return { text: without, removed: [...own.contexts] };
}

/** What is ours: clusters with our mark for this server, contexts of these clusters, and users that no other context has. */
function ownNames(config: Kubeconfig, host: string): Record<Section, Set<string>> {
  const clusters = new Set(config.clusters.filter((one) => hostOfCluster(one) === host).map(({ name }) => name));
  const contextOf = (one: Named) => (one['context'] ?? {}) as { cluster?: string; user?: string };
  const ours = config.contexts.filter((one) => clusters.has(contextOf(one).cluster ?? ''));
  const others = new Set(config.contexts.filter((one) => !ours.includes(one)).map((one) => contextOf(one).user));
  const users = [...ours.map((one) => contextOf(one).user ?? ''), ...clusters].filter((name) => !others.has(name));
  const known = new Set(config.users.map(({ name }) => name));
  return { clusters, contexts: new Set(ours.map(({ name }) => name)), users: new Set(users).intersection(known) };
}

function read(text: string, path: string): { doc: Document.Parsed; config: Kubeconfig } {
  const doc = parseDocument(text);
  const [error] = doc.errors;
  if (error !== undefined) throw kubeconfigErrors.KUBECONFIG_UNREADABLE(path, error.message.split('\n')[0] ?? '');
  const parsed = kubeconfig.safeParse(doc.toJS() ?? {});
  if (parsed.success) return { doc, config: parsed.data };
  const [issue] = parsed.error.issues;
  throw kubeconfigErrors.KUBECONFIG_UNREADABLE(path, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

/** Edits the text in place, and makes sure that it then says what the same edits on its meaning say; else writes the document anew. */
function edit(text: string, doc: Document.Parsed, path: string, change: (editor: Editor) => void): string {
  const meant = doc.clone();
  change(documentEditor(meant));
  const expected: unknown = meant.toJS();
  try {
    const splicer = new YamlSplicer(text, doc);
    change(splicer);
    const spliced = splicer.result();
    const again = parseDocument(spliced);
    if (again.errors.length === 0 && isDeepStrictEqual(again.toJS(), expected)) return spliced;
  } catch (error) {
    if (!(error instanceof NotSpliceable)) throw error;
  }
  const whole = meant.toString({ lineWidth: 0, indentSeq: false });
  read(whole, path);
  return whole;
}

function documentEditor(doc: Document): Editor {
  const items = (section: Section): Named[] => ((doc.toJS() as Kubeconfig | null)?.[section] ?? []) as Named[];
  return {
    put: (section, entry) => {
      const at = items(section).findIndex(({ name }) => name === entry.name);
      if (at >= 0) doc.setIn([section, at], doc.createNode(entry));
      else if (items(section).length === 0) doc.set(section, doc.createNode([entry]));
      else doc.addIn([section], doc.createNode(entry));
    },
    remove: (section, names) => {
      for (let at = items(section).length - 1; at >= 0; at--) {
        if (names.has(items(section)[at]!.name)) doc.deleteIn([section, at]);
      }
    },
    set: (key, value) => doc.set(key, value),
  };
}
