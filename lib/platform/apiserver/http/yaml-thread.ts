import type { MessagePort } from 'node:worker_threads';
import { type Document, isScalar, LineCounter, parseDocument, visit } from 'yaml';

/** What the thread says: that it is there (neither), or what became of a text. */
export interface YamlAnswer {
  readonly json?: string;
  /** Keys that one mapping has twice, as Go's reader tells of them: `line 3: key "a" already set in map`. */
  readonly duplicates?: readonly string[];
  /** One line, without the parser's picture of the place. */
  readonly error?: string;
}

/** Aliases may multiply a small body; what becomes longer than this is no object of the API. */
const MAX_JSON = 16 << 20;

/** The thread's side: says once that it is there, then answers one text after the other. */
export function runYamlThread(port: MessagePort): void {
  port.on('message', (text: string) => port.postMessage(answer(text)));
  port.postMessage({} satisfies YamlAnswer);
}

function answer(text: string): YamlAnswer {
  try {
    return read(text);
  } catch (error) {
    return { error: error instanceof Error ? error.message.split('\n', 1)[0]! : String(error) };
  }
}

/** What JSON cannot say (NaN, non-string keys) is made into what it can. Of a key that is there twice the last one counts. */
function read(text: string): YamlAnswer {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    schema: 'core',
    lineCounter,
    uniqueKeys: false,
    merge: false,
    logLevel: 'silent',
    stringKeys: false,
  });
  if (document.errors.length > 0) throw document.errors[0]!;
  // Aliases are counted while they are resolved, so that ten lines cannot become gigabytes.
  const json = JSON.stringify((document.toJS({ maxAliasCount: 100 }) as unknown) ?? null);
  if (json.length > MAX_JSON) throw new Error('the document becomes too large');
  return { json, duplicates: duplicateKeys(document, lineCounter) };
}

/** One line per duplicate is a way to make an answer grow. */
const MAX_DUPLICATES = 20;

function duplicateKeys(document: Document.Parsed, lines: LineCounter): string[] {
  const found: string[] = [];
  visit(document, {
    Map(_key, map) {
      const keys = new Set<string>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const text = String(key.value);
        if (keys.has(text) && found.length < MAX_DUPLICATES)
          found.push(`line ${lines.linePos(key.range?.[0] ?? 0).line}: key ${JSON.stringify(text)} already set in map`);
        keys.add(text);
      }
    },
  });
  return found;
}
