import { isDeepStrictEqual } from 'node:util';
import { type Document, parseDocument } from 'yaml';
import { z } from 'zod';
import { kubeconfigFileErrors } from './kubeconfig-errors.ts';
import { NotSpliceable, YamlSplicer } from './splice-yaml.ts';

export type Named = { name: string } & Record<string, unknown>;

/** The three lists of a kubeconfig that entries are in. */
export const sections = ['clusters', 'users', 'contexts'] as const;
export type Section = (typeof sections)[number];

const list = z
  .array(z.looseObject({ name: z.string() }))
  .nullish()
  .transform((value) => value ?? []);
const schema = z.looseObject({ clusters: list, users: list, contexts: list, 'current-context': z.string().nullish() });
/** What a kubeconfig says. */
export type KubeconfigLists = z.infer<typeof schema>;

/** How an edit is made: on the text itself, or, where that is not written in block style, on the parsed document. */
export interface KubeconfigEditor {
  /** In the place of the entry of this name, else last. */
  put(section: Section, entry: Named): void;
  remove(section: Section, names: ReadonlySet<string>): void;
  set(key: string, value: string): void;
}

/** A kubeconfig's text, what it says, and how it is changed. */
export interface KubeconfigText {
  readonly config: KubeconfigLists;
  /**
   * The text after a change, which is made several times and has to be the same each time. Other entries keep every byte, comments too, unless the
   * file is written in flow style (JSON). An empty text becomes a kubeconfig.
   */
  edit(change: (editor: KubeconfigEditor) => void): string;
}

/** Throws KUBECONFIG_UNREADABLE; `path` is for its message. */
export function parseKubeconfig(text: string, path: string): KubeconfigText {
  const { doc, config } = read(text, path);
  return {
    config,
    edit: (change) =>
      edit(text, doc, path, (editor) => {
        if (doc.contents === null) {
          editor.set('apiVersion', 'v1');
          editor.set('kind', 'Config');
        }
        change(editor);
      }),
  };
}

function read(text: string, path: string): { doc: Document.Parsed; config: KubeconfigLists } {
  const doc = parseDocument(text);
  const [error] = doc.errors;
  if (error !== undefined) throw kubeconfigFileErrors.KUBECONFIG_UNREADABLE(path, error.message.split('\n')[0] ?? '');
  const parsed = schema.safeParse(doc.toJS() ?? {});
  if (parsed.success) return { doc, config: parsed.data };
  const [issue] = parsed.error.issues;
  throw kubeconfigFileErrors.KUBECONFIG_UNREADABLE(path, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

/** Edits the text in place, and makes sure that it then says what the same edits on its meaning say; else writes the document anew. */
function edit(text: string, doc: Document.Parsed, path: string, change: (editor: KubeconfigEditor) => void): string {
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

function documentEditor(doc: Document): KubeconfigEditor {
  const items = (section: Section): Named[] => ((doc.toJS() as KubeconfigLists | null)?.[section] ?? []) as Named[];
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
