import { protobufList } from '../../api/schema/protobuf.ts';
import type { Pace } from '../operations/pace.ts';
import { indented, parsed, yamlOf } from './answer-format.ts';
import { type Output, PROTOBUF } from './negotiation.ts';
import type { ListParts } from './object-views.ts';
import type { Answer } from './response.ts';

/** How a list is put together in one format. */
interface ListWriter {
  readonly contentType: string;
  /** An item from its JSON, and what is between it and the one before. */
  item(json: Buffer, first: boolean): readonly Uint8Array[];
  /** All of it. */
  whole(items: readonly Uint8Array[]): readonly Uint8Array[];
}

/** A list as the client wants it. A long one is made in steps, between which others are answered. */
export async function answerList(parts: ListParts, output: Pick<Output, 'format' | 'pretty'>, pace: Pace): Promise<Answer> {
  const { contentType, item, whole } = writerOf(parts, output);
  const items: Uint8Array[] = [];
  for (const json of parts.items) {
    items.push(...item(json, items.length === 0));
    const turn = pace.pause();
    if (turn !== undefined) await turn;
  }
  return { code: 200, contentType, body: Buffer.concat(whole(items)) };
}

function writerOf(parts: ListParts, { format, pretty }: Pick<Output, 'format' | 'pretty'>): ListWriter {
  if (format === 'yaml') return yamlWriter(parts);
  if (format === 'protobuf') return protobufWriter(parts) ?? jsonWriter(parts);
  return pretty ? prettyWriter(parts) : jsonWriter(parts);
}

const COMMA = Buffer.from(',');

function jsonWriter({ head, field }: ListParts): ListWriter {
  return {
    contentType: 'application/json',
    item: (json, first) => (first ? [json] : [COMMA, json]),
    whole: (items) => [Buffer.from(`${JSON.stringify(head).slice(0, -1)},"${field}":[`), ...items, Buffer.from(']}')],
  };
}

function prettyWriter({ head, field }: ListParts): ListWriter {
  const start = JSON.stringify(head, undefined, 2).slice(0, -2);
  return {
    contentType: 'application/json',
    item: (json, first) => [Buffer.from(`${first ? '' : ','}\n${indented(json)}`.replaceAll('\n', '\n    '))],
    whole: (items) => [
      Buffer.from(`${start},\n  "${field}": [`),
      ...items,
      Buffer.from(items.length === 0 ? ']\n}\n' : '\n  ]\n}\n'),
    ],
  };
}

function yamlWriter({ head, field }: ListParts): ListWriter {
  return {
    contentType: 'application/yaml',
    item: (json) => [Buffer.from(yamlOf(json, '- '))],
    whole: (items) => [
      Buffer.from(yamlOf(Buffer.from(JSON.stringify(head)))),
      Buffer.from(items.length === 0 ? `${field}: []\n` : `${field}:\n`),
      ...items,
    ],
  };
}

function protobufWriter({ head }: ListParts): ListWriter | undefined {
  const list = protobufList({ ...head });
  return (
    list && {
      contentType: PROTOBUF,
      item: (json) => [list.item(parsed(json))],
      whole: list.whole,
    }
  );
}
