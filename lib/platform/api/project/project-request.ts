import type { VirtualContext } from '../virtual-resource.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { newForbidden, type StatusCause } from '../status-error.ts';
import { invalid, required } from '../validation/causes.ts';
import { dns1123Label } from '../validation/names.ts';
import { DESCRIPTION, DISPLAY_NAME, PROJECT, REQUESTER } from './project-annotations.ts';
import { objectsOfRequest } from './requested-objects.ts';
import { makeProject } from './make-project.ts';
import { withinLimit } from './project-limit.ts';
import { validateProject } from './project.ts';

/** project.openshift.io/v1 ProjectRequest: somebody wants a project of their own. */
export interface ProjectRequest extends KubeObject {
  displayName?: string;
  description?: string;
}

const QUALIFIED = { group: PROJECT.group, resource: 'projectrequests' };
/** Names that are the platform's own, and what they begin with (openshift-apiserver, projectrequest/delegated). */
const RESERVED_NAMES: readonly string[] = ['default', 'kube', 'kubernetes', 'openshift'];
const RESERVED_PREFIXES = ['kube-', 'kubernetes-', 'openshift-'];

const annotationsOf = ({ displayName = '', description = '' }: ProjectRequest): Record<string, string> => ({
  [DESCRIPTION]: description,
  [DISPLAY_NAME]: displayName,
});

function validate(request: ProjectRequest): StatusCause[] {
  const { name = '' } = request.metadata;
  if (name === '') return [required('metadata.name')];
  const texts = dns1123Label(name).map((text) => invalid('metadata.name', name, text));
  const { displayName = '' } = request;
  const shown = validateProject({ metadata: { name } } as KubeObject);
  if (/[\n\t]/.test(displayName)) shown.push(invalid('displayName', displayName, 'may not contain a new line or tab'));
  return [...texts, ...shown];
}

function checkName(name: string): void {
  const refuse = (why: string): Error => newForbidden({ group: PROJECT.group, resource: 'project' }, name, why);
  if (RESERVED_NAMES.includes(name)) throw refuse(`cannot request a project with the name ${JSON.stringify(name)}`);
  const prefix = RESERVED_PREFIXES.find((each) => name.startsWith(each));
  if (prefix !== undefined) throw refuse(`cannot request a project starting with ${JSON.stringify(prefix)}`);
}

async function create(request: ProjectRequest, context: VirtualContext): Promise<KubeObject> {
  const { name = '' } = request.metadata;
  checkName(name);
  const annotations = { ...annotationsOf(request), [REQUESTER]: context.user.name };
  return withinLimit(name, context, async () => makeProject(name, await objectsOfRequest(name, annotations, context), context));
}

/** Whoever may create one gets a project. A list says whether one may: `oc new-project` asks first. */
export const projectRequest = defineResource<ProjectRequest>({
  ...PROJECT,
  kind: 'ProjectRequest',
  plural: 'projectrequests',
  namespaced: false,
  schema: 'com.github.openshift.api.project.v1.ProjectRequest',
  strategy: { validate },
  verbs: ['create', 'list'],
  refusal: ({ projects }) => projects.requestMessage,
  virtual: {
    create: (body, context) => create(body as ProjectRequest, context),
    async answer({ access, user, settings }) {
      const { allowed } = await access.authorize(user, { ...PROJECT, verb: 'create', resource: 'projectrequests' });
      if (!allowed) throw newForbidden(QUALIFIED, '', settings.projects.requestMessage);
      return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' } as unknown as KubeObject;
    },
  },
});
