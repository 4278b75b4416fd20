import { newNotAcceptable } from '../../api/status-error.ts';

/** What shape an answer takes. */
export interface Output {
  readonly format: 'json' | 'yaml';
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

const MEDIA_TYPES = new Map<string, 'json' | 'yaml'>([
  ['application/json', 'json'],
  ['application/*', 'json'],
  ['*/*', 'json'],
  ['application/yaml', 'yaml'],
]);

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

/** The first clause that we can serve (apiserver negotiation). Throws 406 when there is none. `views`: whether tables may be asked for. */
export function negotiate(
  accept: string | undefined,
  query: URLSearchParams,
  userAgent: string | undefined,
  views: boolean,
): Output {
  const include = query.get('includeObject');
  const base = {
    pretty: isPretty(query, userAgent),
    includeObject: include === 'None' || include === 'Object' ? include : 'Metadata',
  } as const;
  const clauses = parseAccept(accept);
  if (clauses.length === 0) return { ...base, format: 'json', view: 'object' };
  for (const { type, parameters } of clauses) {
    const format = MEDIA_TYPES.get(type);
    if (format === undefined) continue;
    const as = parameters.get('as');
    if (as === undefined) return { ...base, format, view: 'object' };
    const metaGroup =
      parameters.get('g') === 'meta.k8s.io' && (parameters.get('v') === 'v1' || parameters.get('v') === 'v1beta1');
    if (!views || !metaGroup || parameters.get('v') !== 'v1') continue;
    if (as === 'Table') return { ...base, format, view: 'table' };
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return { ...base, format, view: 'partial' };
  }
  throw newNotAcceptable('only the following media types are accepted: application/json, application/yaml');
}

/** People's tools get indented JSON, as from the real server. */
function isPretty(query: URLSearchParams, userAgent: string | undefined): boolean {
  const asked = query.get('pretty');
  if (asked !== null) return asked !== 'false' && asked !== '0';
  return userAgent !== undefined && /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent);
}
