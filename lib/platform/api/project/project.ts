import { column, nameColumn } from '../columns.ts';
import { namespace } from '../core/namespace.ts';
import { defineView } from '../define-version.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { invalid } from '../validation/causes.ts';
import { DESCRIPTION, DISPLAY_NAME, PROJECT } from './project-annotations.ts';

const SHORTEST_NAME = 2;
/** Kubectl's own notes on what was applied. */
const APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** What the users of a project may say about it; everything else is between the administrators and the namespace. */
const OPEN_ANNOTATIONS: readonly string[] = [DISPLAY_NAME, DESCRIPTION, APPLIED];

type Texts = Readonly<Record<string, string>>;

/** Texts of OpenShift's project validation (openshift-apiserver, pkg/project/apis/project/validation). */
export function validateProject({ metadata }: KubeObject): StatusCause[] {
  const { name = '' } = metadata;
  const displayName = metadata.annotations?.[DISPLAY_NAME] ?? '';
  const causes: StatusCause[] = [];
  if (name.length < SHORTEST_NAME)
    causes.push(invalid('metadata.name', name, `must be at least ${SHORTEST_NAME} characters long`));
  if (/[\n\t]/.test(displayName))
    causes.push(invalid(`metadata.annotations[${DISPLAY_NAME}]`, displayName, 'may not contain a new line or tab'));
  return causes;
}

/**
 * Labels and other annotations of a namespace decide what its pods may be and where they run: who administers a project does not decide
 * about these.
 */
function validateUpdate(object: KubeObject, old: KubeObject): StatusCause[] {
  return [
    ...validateProject(object),
    ...changed('metadata.annotations', object.metadata.annotations, old.metadata.annotations, OPEN_ANNOTATIONS),
    ...changed('metadata.labels', object.metadata.labels, old.metadata.labels, []),
  ];
}

function changed(field: string, now: Texts = {}, before: Texts = {}, open: readonly string[]): StatusCause[] {
  const keys = [...new Set([...Object.keys(now), ...Object.keys(before)])].filter((key) => !open.includes(key));
  return keys
    .filter((key) => now[key] !== before[key])
    .map((key) => invalid(`${field}[${key}]`, now[key] ?? before[key], 'field is immutable, try updating the namespace'));
}

/** A namespace as its users see it: each is shown those that are theirs. */
export const project = defineView(namespace, {
  ...PROJECT,
  kind: 'Project',
  plural: 'projects',
  schema: 'com.github.openshift.api.project.v1.Project',
  toStored: (object) => object,
  fromStored: ({ status, ...object }) => ({ ...object, status: { phase: status?.phase } }),
  validateCreate: validateProject,
  validateUpdate,
  visibleBy: { ...PROJECT, verb: 'get', resource: 'projects' },
  selectableFields: namespace.selectableFields!,
  columns: [
    nameColumn,
    column('Display Name', ({ metadata }) => metadata.annotations?.[DISPLAY_NAME] ?? ''),
    column('Status', (object) => object.status?.phase ?? ''),
  ],
  verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
});
