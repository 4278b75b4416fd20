import { newNotAcceptable } from '../../api/status-error.ts';

export type Format = 'json' | 'yaml' | 'protobuf';

/** What shape an answer takes. */
export interface Output {
  readonly format: Format;
  readonly view: 'object' | 'table' | 'partial';
  readonly pretty: boolean;
  /** Of a table's rows. */
  readonly includeObject: 'None' | 'Metadata' | 'Object';
}

interface AcceptClause {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

export const PROTOBUF = 'application/vnd.kubernetes.protobuf';

const MEDIA_TYPES = new Map<string, Format>([
  ['application/json', 'json'],
  ['application/*', 'json'],
  ['*/*', 'json'],
  ['application/yaml', 'yaml'],
  [PROTOBUF, 'protobuf'],
]);

/** What the kind that is asked for can be shown as. */
export interface Shapes {
  /** Tables, and metadata alone. */
  readonly views: boolean;
  /** Whether there are numbers for its fields: custom resources have none. */
  readonly protobuf: boolean;
}

/** Clauses of an Accept header, best first. Cut at a length that no client reaches. */
export function parseAccept(header: string | undefined): AcceptClause[] {
  if (header === undefined || header === '') return [];
  return header
    .slice(0, 4096)
    .split(',')
    .map((clause) => {
      const [type = '', ...rest] = clause.split(';');
      const parameters = new Map<string, string>();
      for (const part of rest) {
        const equals = part.indexOf('=');
        if (equals > 0) parameters.set(part.slice(0, equals).trim().toLowerCase(), part.slice(equals + 1).trim());
      }
      const quality = Number(parameters.get('q') ?? 1);
      return { type: type.trim().toLowerCase(), parameters, quality: Number.isFinite(quality) ? quality : 0 };
    })
    .filter((clause) => clause.quality > 0)
    .sort((a, b) => b.quality - a.quality);
}

/**
 * The first clause that we can serve (apiserver negotiation); protobuf only to who takes nothing else, since objects are kept as JSON.
 * Throws 406 when there is none.
 */
export function negotiate(
  accept: string | undefined,
  query: URLSearchParams,
  userAgent: string | undefined,
  { views, protobuf }: Shapes,
): Output {
  const include = query.get('includeObject');
  const base = {
    pretty: isPretty(query, userAgent),
    includeObject: include === 'None' || include === 'Object' ? include : 'Metadata',
  } as const;
  const clauses = parseAccept(accept);
  if (clauses.length === 0) return { ...base, format: 'json', view: 'object' };
  const inJson = clauses.filter(({ type }) => type !== PROTOBUF);
  for (const { type, parameters } of [...inJson, ...clauses.filter(({ type }) => type === PROTOBUF)]) {
    const format = MEDIA_TYPES.get(type);
    if (format === undefined || (format === 'protobuf' && !protobuf)) continue;
    const as = parameters.get('as');
    if (as === undefined) return { ...base, format, view: 'object' };
    const metaGroup =
      parameters.get('g') === 'meta.k8s.io' && (parameters.get('v') === 'v1' || parameters.get('v') === 'v1beta1');
    if (!views || !metaGroup || parameters.get('v') !== 'v1') continue;
    if (as === 'Table' && format !== 'protobuf') return { ...base, format, view: 'table' };
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return { ...base, format, view: 'partial' };
  }
  const types = `application/json, application/yaml${protobuf ? `, ${PROTOBUF}` : ''}`;
  throw newNotAcceptable(`only the following media types are accepted: ${types}`);
}

/** Whether an error's Status has to be protobuf to be read. */
export const takesOnlyProtobuf = (accept: string | undefined): boolean => {
  const types = parseAccept(accept).map(({ type }) => MEDIA_TYPES.get(type));
  return types.includes('protobuf') && !types.includes('json') && !types.includes('yaml');
};

/** People's tools get indented JSON, as from the real server. */
function isPretty(query: URLSearchParams, userAgent: string | undefined): boolean {
  const asked = query.get('pretty');
  if (asked !== null) return asked !== 'false' && asked !== '0';
  return userAgent !== undefined && /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent);
}
