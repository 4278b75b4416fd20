import { column, nameColumn, type Column } from '../columns.ts';
import type { KubeObject } from '../meta.ts';
import type { Build, BuildConfig, CommonSpec } from './build-types.ts';

const SHORT_COMMIT = 7;

/** `Binary`, `Git@4b1c2d3`, `Dockerfile,Git`: what files there are (openshift-apiserver printers, describeSourceShort). */
function sourceText({ source = {}, revision }: CommonSpec): string {
  const { binary, dockerfile, git } = source;
  const commit = revision?.git?.commit ?? '';
  const from =
    git === undefined ? [] : [`Git${commit === '' ? (git.ref ? `@${git.ref}` : '') : `@${commit.slice(0, SHORT_COMMIT)}`}`];
  const uploaded = binary === undefined ? [] : [`Binary${commit === '' ? '' : `@${commit.slice(0, SHORT_COMMIT)}`}`];
  return [...(dockerfile === undefined ? [] : ['Dockerfile']), ...uploaded, ...from].join(',');
}

function statusText({ status = {} }: Build): string {
  const { phase = 'New', reason = '' } = status;
  return reason === '' ? phase : `${phase} (${reason})`;
}

/** `About a minute`, `5 hours` (docker/go-units HumanDuration). */
function roughDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.round(ms / 3_600_000);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${seconds} seconds`;
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.floor(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.floor(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24 / 30)} months`;
  return `${Math.floor(hours / 24 / 365)} years`;
}

/** `1m5s`, as Go prints a duration of whole seconds. */
function goDuration(nanoseconds: number): string {
  const all = Math.round(nanoseconds / 1e9);
  const [hours, minutes, seconds] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}

const asBuild = (object: KubeObject): Build => object as Build;

/** As `oc get builds` prints them. */
export const buildColumns: readonly Column[] = [
  nameColumn,
  column('Type', (object) => asBuild(object).spec.strategy?.type ?? ''),
  column('From', (object) => sourceText(asBuild(object).spec)),
  column('Status', (object) => statusText(asBuild(object))),
  column('Started', (object, now) => {
    const { startTimestamp } = asBuild(object).status ?? {};
    return startTimestamp === undefined ? '' : `${roughDuration(now - Date.parse(startTimestamp))} ago`;
  }),
  column('Duration', (object) => {
    const { duration } = asBuild(object).status ?? {};
    return duration === undefined ? '' : goDuration(duration);
  }),
];

/** As `oc get buildconfigs` prints them. */
export const buildConfigColumns: readonly Column[] = [
  nameColumn,
  column('Type', (object) => (object as BuildConfig).spec.strategy?.type ?? ''),
  column('From', (object) => sourceText((object as BuildConfig).spec)),
  { name: 'Latest', type: 'integer', cell: (object) => (object as BuildConfig).status?.lastVersion ?? 0 },
];
