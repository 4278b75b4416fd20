import type { VirtualContext } from '../virtual-resource.ts';
import type { KubeObject } from '../meta.ts';
import { isNotFound, newInternalError, type StatusError } from '../status-error.ts';
import { processTemplate } from '../template/process-template.ts';
import type { Template } from '../template/template-types.ts';
import { adminBinding } from './default-objects.ts';
import { DESCRIPTION, DISPLAY_NAME, PROJECT, REQUESTER } from './project-annotations.ts';

/** What a request makes: the project's own metadata, and what is put into it. */
export interface RequestedObjects {
  readonly metadata: KubeObject['metadata'];
  readonly content: readonly KubeObject[];
}

/**
 * Whoever has logged in may ask: their pods get no rights on the node, unless the template names another level or an administrator sets
 * one on the namespace. A requester may not.
 */
const LABELS: Readonly<Record<string, string>> = { 'pod-security.kubernetes.io/enforce': 'baseline' };

/** Filled in by the request, by the parameter of that name in a project template. */
const parameters = (name: string, annotations: Readonly<Record<string, string>>): Record<string, string> => ({
  PROJECT_NAME: name,
  PROJECT_DISPLAYNAME: annotations[DISPLAY_NAME] ?? '',
  PROJECT_DESCRIPTION: annotations[DESCRIPTION] ?? '',
  PROJECT_ADMIN_USER: annotations[REQUESTER] ?? '',
  PROJECT_REQUESTING_USER: annotations[REQUESTER] ?? '',
});

/** The requester is the project's administrator, unless the configuration names a template that says otherwise. */
export async function objectsOfRequest(
  name: string,
  annotations: Readonly<Record<string, string>>,
  { settings, verbs }: VirtualContext,
): Promise<RequestedObjects> {
  const { requestTemplate } = settings.projects;
  const metadata = { name, annotations, labels: LABELS };
  if (requestTemplate === undefined) return { metadata, content: [adminBinding(name, annotations[REQUESTER]!)] };
  const where = `${requestTemplate.namespace}/${requestTemplate.name}`;
  const wrong = (why: string): StatusError => newInternalError(`the project template ${where} is not usable: ${why}`);
  const ref = { group: 'template.openshift.io', version: 'v1', resource: 'templates', ...requestTemplate };
  const template = await verbs.get<Template>(ref).catch((error: unknown) => {
    throw isNotFound(error) ? wrong('it is not there; the configuration names it in projects.requestTemplate') : error;
  });
  const objects = filled(template, parameters(name, annotations));
  const projects = objects.filter(({ kind, apiVersion }) => kind === 'Project' && apiVersion === `${PROJECT.group}/v1`);
  if (projects.length !== 1) throw wrong(`it must have exactly one Project of ${PROJECT.group}/v1, and has ${projects.length}`);
  const [project] = projects as [KubeObject];
  if (project.metadata.name !== name) throw wrong(`its Project must be named \${PROJECT_NAME}, not ${project.metadata.name}`);
  return {
    metadata: {
      ...project.metadata,
      labels: { ...LABELS, ...project.metadata.labels },
      annotations: { ...project.metadata.annotations, [REQUESTER]: annotations[REQUESTER]! },
    },
    content: objects.filter((object) => object !== project),
  };
}

function filled(template: Template, values: Readonly<Record<string, string>>): KubeObject[] {
  const given = (template.parameters ?? []).map((parameter) =>
    Object.hasOwn(values, parameter.name ?? '') ? { ...parameter, value: values[parameter.name!]! } : parameter,
  );
  return (processTemplate({ ...template, parameters: given }).objects ?? []) as unknown as KubeObject[];
}
