import { WireWriter } from '../../api/schema/protobuf-wire.ts';

type Node = Record<string, unknown>;

/** Writes a value as the content of a message. */
type Encode = (value: never, writer: WireWriter) => void;

/** How a field of a message comes from a property of the document. */
interface FieldRule {
  readonly number: number;
  readonly write: (value: unknown, number: number, writer: WireWriter) => void;
}

const text = (number: number): FieldRule => ({ number, write: (value, at, writer) => writer.text(at, String(value)) });
const flag = (number: number): FieldRule => ({
  number,
  write: (value, at, writer) => {
    if (value === true) writer.varint(at, 1n);
  },
});
const texts = (number: number): FieldRule => ({
  number,
  write: (value, at, writer) => (value as unknown[]).forEach((each) => writer.text(at, String(each))),
});
const message = (number: number, encode: Encode): FieldRule => ({
  number,
  write: (value, at, writer) => nested(writer, at, (inner) => encode(value as never, inner)),
});
const messages = (number: number, encode: Encode): FieldRule => ({
  number,
  write: (value, at, writer) => (value as unknown[]).forEach((each) => message(number, encode).write(each, at, writer)),
});
/** A map, as messages of `name` and `value`. */
const named = (number: number, encode: Encode): FieldRule => ({
  number,
  write: (value, at, writer) => {
    for (const [name, each] of Object.entries(value as Node))
      nested(writer, at, (pair) => {
        pair.text(1, name);
        nested(pair, 2, (inner) => encode(each as never, inner));
      });
  },
});

/** As messages; those of an object that was encoded before are there already. */
const remembered = (number: number, encode: Encode): FieldRule => {
  const known = new WeakMap<object, Uint8Array>();
  return {
    number,
    write: (value, at, writer) => {
      for (const each of value as object[]) {
        let bytes = known.get(each);
        if (bytes === undefined) {
          const inner = new WireWriter();
          encode(each as never, inner);
          known.set(each, (bytes = inner.finish()));
        }
        writer.bytes(at, bytes);
      }
    },
  };
};

const nested = (writer: WireWriter, number: number, fill: (inner: WireWriter) => void): void =>
  writer.message(number, () => fill(writer));

/** A message whose one field is the value: what proto needs where JSON has a choice or a list. */
const within =
  (rule: FieldRule): Encode =>
  (value, writer) =>
    rule.write(value, rule.number, writer);

/** A value of any kind, as YAML; JSON is YAML. */
const any: Encode = (value, writer) => writer.text(2, JSON.stringify(value));

/** `extensions`: the field of the `x-...` properties. Rules may refer to each other, so they are made at the first use. */
function struct(makeRules: () => Readonly<Record<string, FieldRule>>, extensions: number): Encode {
  let rules: Readonly<Record<string, FieldRule>> | undefined;
  return (value, writer) => {
    rules ??= makeRules();
    for (const [key, each] of Object.entries(value as Node)) {
      const rule = rules[key];
      if (key.startsWith('x-')) named(extensions, any).write({ [key]: each }, extensions, writer);
      else if (rule !== undefined && each !== undefined) rule.write(each, rule.number, writer);
    }
  };
}

/** A schema, or whether there may be any. */
const additional: Encode = (value: unknown, writer) => {
  if (typeof value === 'boolean') writer.varint(2, value ? 1n : 0n);
  else message(1, schema).write(value, 1, writer);
};

const schema: Encode = struct(
  () => ({
    $ref: text(1),
    format: text(2),
    title: text(3),
    description: text(4),
    default: message(5, any),
    uniqueItems: flag(16),
    required: texts(19),
    enum: messages(20, any),
    additionalProperties: message(21, additional),
    type: message(22, within(text(1))),
    items: message(23, within(message(1, schema))),
    properties: message(25, within(named(1, schema))),
  }),
  31,
);

const bodyParameter = struct(
  () => ({ description: text(1), name: text(2), in: text(3), required: flag(4), schema: message(5, schema) }),
  6,
);
const parameterHead = { required: flag(1), in: text(2), description: text(3), name: text(4) };
const queryParameter = struct(() => ({ ...parameterHead, type: text(6), format: text(7), uniqueItems: flag(20) }), 23);
const pathParameter = struct(() => ({ ...parameterHead, type: text(5), format: text(6), uniqueItems: flag(19) }), 22);

const parameter: Encode = (value: Node, writer) => {
  const place = value['in'];
  const inner =
    place === 'body'
      ? message(1, bodyParameter)
      : message(2, within(place === 'path' ? message(4, pathParameter) : message(3, queryParameter)));
  message(1, within(inner)).write(value, 1, writer);
};

const response = struct(() => ({ description: text(1), schema: message(2, within(message(1, schema))) }), 5);

const operation = struct(
  () => ({
    description: text(3),
    operationId: text(5),
    produces: texts(6),
    consumes: texts(7),
    parameters: remembered(8, parameter),
    responses: message(9, within(named(1, within(message(1, response))))),
  }),
  13,
);

const pathItem = struct(
  () => ({
    get: message(2, operation),
    put: message(3, operation),
    post: message(4, operation),
    delete: message(5, operation),
    patch: message(8, operation),
    parameters: remembered(9, parameter),
  }),
  10,
);

const document = struct(
  () => ({
    swagger: text(1),
    info: message(
      2,
      struct(() => ({ title: text(1), version: text(2) }), 7),
    ),
    paths: message(8, within(named(2, pathItem))),
    definitions: message(9, within(named(1, schema))),
  }),
  16,
);

/** An OpenAPI v2 document as the protobuf message that Kubernetes' clients ask for (gnostic's openapi.v2.Document). */
export function swaggerProtobuf(swagger: Node): Buffer {
  const writer = new WireWriter();
  document(swagger as never, writer);
  return Buffer.from(writer.finish());
}
