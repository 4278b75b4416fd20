import type { Json } from '../meta.ts';
import { newInvalid, newRequestEntityTooLarge, type StatusCause } from '../status-error.ts';
import { invalid, required } from '../validation/causes.ts';
import { generateFromExpression } from './expression-generator.ts';
import type { Parameter, Template } from './template-types.ts';

/** `${NAME}` anywhere in a string. */
const IN_TEXT = /\$\{([a-zA-Z0-9_]+)\}/g;
/** `${{NAME}}` as the whole string: the value is taken as JSON. */
const AS_JSON = /^\$\{\{([a-zA-Z0-9_]+)\}\}$/;
/** What parameters may add to a template, in characters: a short text can name a long value very often. */
const MAX_SUBSTITUTED = 8 << 20;
/** Random characters of all values together: making them is work, and a short text can ask for very many. */
const MAX_GENERATED = 1 << 18;

type Fields = { [field: string]: Json };

/**
 * The template with its parameters' values, generated where they are to be, and with these in its objects, labels and message. Objects
 * lose a namespace that names no parameter, and get the template's labels. Throws a StatusError: 422 with the parameters at fault.
 * (OpenShift: templates; library-go's templateprocessing.)
 */
export function processTemplate(template: Template): Template {
  const parameters = withValues(template);
  const substitution = new Substitution(parameters);
  const labels = substitution.inStrings(template.labels ?? {});
  const objects = (template.objects ?? []).map((object) => {
    const filled = substitution.inObject(withoutNamespace(object));
    return template.labels === undefined ? filled : labelled(filled, labels);
  });
  return {
    ...template,
    ...(template.message === undefined ? {} : { message: substitution.inText(template.message) }),
    ...(template.labels === undefined ? {} : { labels }),
    parameters,
    objects,
  };
}

function withValues(template: Template): Parameter[] {
  const causes: StatusCause[] = [];
  let left = MAX_GENERATED;
  const parameters = (template.parameters ?? []).map((parameter, i) => {
    if (parameter.value !== undefined && parameter.value !== '') return parameter;
    const path = `template.parameters[${i}]`;
    const { name, generate, from = '' } = parameter;
    if (generate !== undefined && generate !== '') {
      if (generate === 'expression') {
        try {
          const value = generateFromExpression(from, left);
          left = Math.max(0, left - value.length);
          return { ...parameter, value };
        } catch (error) {
          causes.push(invalid(path, from, (error as Error).message));
        }
      } else causes.push(invalid(path, generate, `Unknown generator name '${generate}' for parameter ${name}`));
    } else if (parameter.required === true)
      causes.push(required(path, `${path}: parameter ${name} is required and must be specified`));
    return parameter;
  });
  if (causes.length === 0) return parameters;
  throw newInvalid({ group: 'template.openshift.io', kind: 'Template' }, template.metadata.name ?? '', causes);
}

function withoutNamespace(object: Fields): Fields {
  const metadata = object['metadata'];
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return object;
  const { namespace, ...rest } = metadata;
  if (namespace === undefined || (typeof namespace === 'string' && namespace.search(IN_TEXT) !== -1)) return object;
  return { ...object, metadata: rest };
}

function labelled(object: Fields, labels: Record<string, string>): Fields {
  const metadata = fieldsOf(object['metadata']);
  const result: Fields = { ...object, metadata: { ...metadata, labels: { ...fieldsOf(metadata['labels']), ...labels } } };
  // The pods of a deployment config carry them too.
  const template = fieldsOf(fieldsOf(object['spec'])['template']);
  if (object['kind'] !== 'DeploymentConfig' || Object.keys(template).length === 0) return result;
  const podMetadata = fieldsOf(template['metadata']);
  const podLabels = { ...fieldsOf(podMetadata['labels']), ...labels };
  return {
    ...result,
    spec: { ...fieldsOf(object['spec']), template: { ...template, metadata: { ...podMetadata, labels: podLabels } } },
  };
}

const fieldsOf = (value: Json | undefined): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};

/** Puts the values of parameters into strings. What names no parameter stays as it is; values are not looked into again. */
class Substitution {
  readonly #values: ReadonlyMap<string, string>;
  #left = MAX_SUBSTITUTED;

  constructor(parameters: readonly Parameter[]) {
    this.#values = new Map(parameters.map(({ name, value }) => [name, value ?? '']));
  }

  inText(text: string): string {
    return text.replaceAll(IN_TEXT, (reference, name: string) => {
      const value = this.#values.get(name);
      if (value === undefined) return reference;
      this.#spend(value.length);
      return value;
    });
  }

  inStrings(texts: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(Object.entries(texts).map(([key, value]) => [this.inText(key), this.inText(value)]));
  }

  inObject(object: Fields): Fields {
    return Object.fromEntries(Object.entries(object).map(([key, value]) => [this.inText(key), this.#inJson(value)]));
  }

  #inJson(value: Json): Json {
    if (typeof value === 'string') return this.#inString(value);
    if (Array.isArray(value)) return value.map((each) => this.#inJson(each));
    return typeof value === 'object' && value !== null ? this.inObject(value) : value;
  }

  #inString(text: string): Json {
    const name = AS_JSON.exec(text)?.[1];
    const value = name === undefined ? undefined : this.#values.get(name);
    if (value === undefined) return this.inText(text);
    this.#spend(value.length);
    try {
      return JSON.parse(value) as Json;
    } catch {
      // Text without quotes is text.
      return value;
    }
  }

  #spend(length: number): void {
    this.#left -= length;
    if (this.#left < 0) throw newRequestEntityTooLarge(`parameters add more than ${MAX_SUBSTITUTED} characters to the template`);
  }
}
