import type { EndpointSlice, SliceEndpoint } from '../core-types.ts';
import { sameJson } from '../same-json.ts';
import { contentsKey, endpointKey, type SliceContents } from './slice-contents.ts';

/** As in Kubernetes: a change of one pod makes every watcher read a slice of at most this size. */
const MAX_ENDPOINTS = 100;

export interface SlicePlan {
  readonly create: readonly SliceContents[];
  readonly update: readonly { readonly slice: EndpointSlice; readonly contents: SliceContents }[];
  readonly remove: readonly EndpointSlice[];
}

/** One slice to be: a known one with other endpoints, or a new one. */
interface Draft {
  readonly slice?: EndpointSlice;
  readonly contents: SliceContents;
}

/**
 * What has to be written so that the slices hold exactly `wanted`, with as few writes as can be: endpoints stay in the slice
 * they are in, new ones go where a write is due anyway, then into the fullest slice that takes them all, then into new slices;
 * and a slice that would be new takes the place of one that would go (kubernetes pkg/endpointslice reconciler).
 *
 * @param isCurrent whether the metadata of a known slice is what it should be
 */
export function planSlices(
  wanted: readonly SliceContents[],
  known: readonly EndpointSlice[],
  isCurrent: (slice: EndpointSlice) => boolean,
): SlicePlan {
  const byKey = Map.groupBy(known, contentsKey);
  const drafts = wanted.flatMap((contents) => distribute(contents, byKey.get(contentsKey(contents)) ?? [], isCurrent));
  const used = new Set(drafts.map(({ slice }) => slice));
  const spare = known.filter((slice) => !used.has(slice));
  const placed = drafts.map((draft) => (draft.slice === undefined ? reuse(draft, spare) : draft));
  return {
    create: placed.filter(({ slice }) => slice === undefined).map(({ contents }) => contents),
    update: placed.flatMap(({ slice, contents }) =>
      slice === undefined || (isCurrent(slice) && isUnchanged(slice, contents)) ? [] : [{ slice, contents }],
    ),
    remove: spare,
  };
}

/** The drafts of one combination of ports; of the slices that it has, those left empty are given up. */
function distribute(
  wanted: SliceContents,
  slices: readonly EndpointSlice[],
  isCurrent: (slice: EndpointSlice) => boolean,
): Draft[] {
  const left = new Map(wanted.endpoints.map((endpoint) => [endpointKey(endpoint), endpoint]));
  const draft = (endpoints: SliceEndpoint[], slice?: EndpointSlice): Draft => ({
    contents: { ...wanted, endpoints },
    ...(slice === undefined ? {} : { slice }),
  });
  const kept = slices.map((slice) => draft(take(slice, left), slice)).filter(({ contents }) => contents.endpoints.length > 0);
  const rest = [...left.values()];
  for (const { slice, contents } of kept)
    if (!(isCurrent(slice!) && isUnchanged(slice!, contents))) contents.endpoints.push(...rest.splice(0, room(contents)));
  while (rest.length > 0) {
    const fitting = rest.length < MAX_ENDPOINTS ? kept.filter(({ contents }) => room(contents) >= rest.length) : [];
    const fullest = fitting.toSorted((a, b) => room(a.contents) - room(b.contents))[0];
    if (fullest === undefined) kept.push(draft(rest.splice(0, MAX_ENDPOINTS)));
    else fullest.contents.endpoints.push(...rest.splice(0));
  }
  return kept.length === 0 ? [draft([])] : kept;
}

const room = ({ endpoints }: SliceContents): number => Math.max(0, MAX_ENDPOINTS - endpoints.length);

/** Takes the endpoints that the slice has out of those that are left, as they are now. */
function take(slice: EndpointSlice, left: Map<string, SliceEndpoint>): SliceEndpoint[] {
  const taken: SliceEndpoint[] = [];
  for (const known of slice.endpoints ?? []) {
    const key = endpointKey(known);
    const endpoint = left.get(key);
    if (endpoint === undefined || taken.length === MAX_ENDPOINTS) continue;
    taken.push(endpoint);
    left.delete(key);
  }
  return taken;
}

function reuse(draft: Draft, spare: EndpointSlice[]): Draft {
  const index = spare.findIndex(({ addressType }) => addressType === draft.contents.addressType);
  return index === -1 ? draft : { ...draft, slice: spare.splice(index, 1)[0]! };
}

const isUnchanged = ({ endpoints, ports }: EndpointSlice, contents: SliceContents): boolean =>
  sameJson([endpoints ?? [], ports ?? []], [contents.endpoints, contents.ports]);
