import type { MessagePort } from 'node:worker_threads';
import { parseDocument } from 'yaml';

/** What the thread says: that it is there (neither), or what became of a text. */
export interface YamlAnswer {
  readonly json?: string;
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
    return { json: toJson(text) };
  } catch (error) {
    return { error: error instanceof Error ? error.message.split('\n', 1)[0]! : String(error) };
  }
}

/** What JSON cannot say (NaN, non-string keys) is made into what it can. */
function toJson(text: string): string {
  const document = parseDocument(text, {
    schema: 'core',
    uniqueKeys: true,
    merge: false,
    logLevel: 'silent',
    stringKeys: false,
  });
  if (document.errors.length > 0) throw document.errors[0]!;
  // Aliases are counted while they are resolved, so that ten lines cannot become gigabytes.
  const json = JSON.stringify((document.toJS({ maxAliasCount: 100 }) as unknown) ?? null);
  if (json.length > MAX_JSON) throw new Error('the document becomes too large');
  return json;
}
