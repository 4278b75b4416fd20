import { column, countColumn, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { StatusCause } from '../status-error.ts';
import { invalid, required } from '../validation/causes.ts';
import { processTemplate } from './process-template.ts';
import type { Template } from './template-types.ts';

const PARAMETER_NAME = /^[a-zA-Z0-9_]+$/;
const LONGEST_DESCRIPTION = 80;

const identity = {
  group: 'template.openshift.io',
  version: 'v1',
  kind: 'Template',
  namespaced: true,
  schema: 'com.github.openshift.api.template.v1.Template',
} as const;

function validate({ parameters = [] }: Template): StatusCause[] {
  return parameters.flatMap(({ name = '' }, i) => {
    if (name === '') return [required(`parameters[${i}].name`)];
    return PARAMETER_NAME.test(name) ? [] : [invalid(`parameters[${i}].name`, name, `does not match ${PARAMETER_NAME.source}`)];
  });
}

/** Objects with places for parameters, kept for those who fill them in. */
export const template = defineResource<Template>({
  ...identity,
  plural: 'templates',
  strategy: { validate },
  columns: [
    nameColumn,
    column('Description', ({ metadata }) => firstLine(metadata.annotations?.['description'] ?? '')),
    column('Parameters', (object) => parameterCounts(object as Template)),
    countColumn('Objects', (object) => (object as Template).objects?.length ?? 0),
  ],
});

/** Fills a template in: what is POSTed comes back with values in its objects, which the client then creates. */
export const processedTemplate = defineResource<Template>({
  ...identity,
  plural: 'processedtemplates',
  singular: 'template',
  strategy: { validate },
  verbs: ['create'],
  virtual: { create: async (body) => processTemplate(body as Template) },
});

function firstLine(text: string): string {
  const line = text.split('\n', 1)[0]!;
  return line === text && text.length <= LONGEST_DESCRIPTION ? text : `${line.slice(0, LONGEST_DESCRIPTION - 3)}...`;
}

/** How many there are, and how many of them have to be given. */
function parameterCounts({ parameters = [] }: Template): string {
  const generated = parameters.filter(({ generate = '' }) => generate !== '');
  const blank = parameters.filter(({ generate = '', value = '' }) => generate === '' && value === '');
  if (blank.length > 0) return `${parameters.length} (${blank.length} blank)`;
  return generated.length > 0 ? `${parameters.length} (${generated.length} generated)` : `${parameters.length} (all set)`;
}
