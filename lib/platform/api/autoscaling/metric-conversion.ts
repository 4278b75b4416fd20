/** The metrics of autoscaling/v2 in the form that version 1 keeps in its annotations, and back. */
type Fields = Record<string, unknown>;

/** `{a: undefined}` is not there. */
const present = (fields: Fields): Fields => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const asFields = (value: unknown): Fields => (value ?? {}) as Fields;

interface Rule {
  readonly toV1: (source: Fields) => Fields;
  readonly toV2: (source: Fields) => Fields;
}

/** spec.metrics, by what of a metric is filled. */
const SPECS: Readonly<Record<string, Rule>> = {
  resource: { toV1: resourceToV1, toV2: resourceToV2 },
  containerResource: {
    toV1: (source) => ({ ...resourceToV1(source), container: source.container }),
    toV2: (source) => ({ ...resourceToV2(source), container: source.container }),
  },
  pods: {
    toV1: ({ metric, target }) => ({
      metricName: asFields(metric).name,
      selector: asFields(metric).selector,
      targetAverageValue: asFields(target).averageValue ?? '0',
    }),
    toV2: ({ metricName, selector, targetAverageValue }) => ({
      metric: present({ name: metricName, selector }),
      target: { type: 'AverageValue', averageValue: targetAverageValue },
    }),
  },
  object: {
    toV1: ({ describedObject, metric, target }) => ({
      target: describedObject,
      metricName: asFields(metric).name,
      selector: asFields(metric).selector,
      targetValue: asFields(target).value ?? '0',
      averageValue: asFields(target).averageValue,
    }),
    toV2: ({ target, metricName, selector, targetValue, averageValue }) => ({
      describedObject: target,
      metric: present({ name: metricName, selector }),
      target: present({
        type: averageValue === undefined ? 'Value' : 'AverageValue',
        value: averageValue === undefined ? targetValue : undefined,
        averageValue,
      }),
    }),
  },
  external: {
    toV1: ({ metric, target }) => ({
      metricName: asFields(metric).name,
      metricSelector: asFields(metric).selector,
      targetValue: asFields(target).value,
      targetAverageValue: asFields(target).averageValue,
    }),
    toV2: ({ metricName, metricSelector, targetValue, targetAverageValue }) => ({
      metric: present({ name: metricName, selector: metricSelector }),
      target: present({
        type: targetValue === undefined ? 'AverageValue' : 'Value',
        value: targetValue,
        averageValue: targetAverageValue,
      }),
    }),
  },
};

function resourceToV1({ name, target }: Fields): Fields {
  const { averageUtilization, averageValue } = asFields(target);
  return { name, targetAverageUtilization: averageUtilization, targetAverageValue: averageValue };
}

function resourceToV2({ name, targetAverageUtilization, targetAverageValue }: Fields): Fields {
  const type = targetAverageUtilization === undefined ? 'AverageValue' : 'Utilization';
  return { name, target: present({ type, averageValue: targetAverageValue, averageUtilization: targetAverageUtilization }) };
}

/** status.currentMetrics. */
const STATUSES: Readonly<Record<string, Rule>> = {
  resource: { toV1: currentToV1, toV2: currentToV2 },
  containerResource: {
    toV1: (source) => ({ ...currentToV1(source), container: source.container }),
    toV2: (source) => ({ ...currentToV2(source), container: source.container }),
  },
  pods: {
    toV1: ({ metric, current }) => ({
      metricName: asFields(metric).name,
      selector: asFields(metric).selector,
      currentAverageValue: asFields(current).averageValue ?? '0',
    }),
    toV2: ({ metricName, selector, currentAverageValue }) => ({
      metric: present({ name: metricName, selector }),
      current: { averageValue: currentAverageValue },
    }),
  },
  object: {
    toV1: ({ describedObject, metric, current }) => ({
      target: describedObject,
      metricName: asFields(metric).name,
      selector: asFields(metric).selector,
      currentValue: asFields(current).value ?? '0',
      averageValue: asFields(current).averageValue,
    }),
    toV2: ({ target, metricName, selector, currentValue, averageValue }) => ({
      describedObject: target,
      metric: present({ name: metricName, selector }),
      current: present({ value: currentValue, averageValue }),
    }),
  },
  external: {
    toV1: ({ metric, current }) => ({
      metricName: asFields(metric).name,
      metricSelector: asFields(metric).selector,
      currentValue: asFields(current).value ?? '0',
      currentAverageValue: asFields(current).averageValue,
    }),
    toV2: ({ metricName, metricSelector, currentValue, currentAverageValue }) => ({
      metric: present({ name: metricName, selector: metricSelector }),
      current: present({ value: currentValue, averageValue: currentAverageValue }),
    }),
  },
};

function currentToV1({ name, current }: Fields): Fields {
  const { averageUtilization, averageValue } = asFields(current);
  return { name, currentAverageUtilization: averageUtilization, currentAverageValue: averageValue ?? '0' };
}

function currentToV2({ name, currentAverageUtilization, currentAverageValue }: Fields): Fields {
  return { name, current: present({ averageValue: currentAverageValue, averageUtilization: currentAverageUtilization }) };
}

const convert =
  (rules: Readonly<Record<string, Rule>>, direction: keyof Rule) =>
  (metric: Fields): Fields =>
    Object.fromEntries(
      Object.entries(metric).map(([field, value]) => {
        const rule = Object.hasOwn(rules, field) ? rules[field] : undefined;
        return [field, rule === undefined ? value : present(rule[direction](asFields(value)))];
      }),
    );

export const metricToV1 = convert(SPECS, 'toV1');
export const metricToV2 = convert(SPECS, 'toV2');
export const metricStatusToV1 = convert(STATUSES, 'toV1');
export const metricStatusToV2 = convert(STATUSES, 'toV2');
