import type { KubeObject } from '../meta.ts';

interface Value {
  readonly value?: string;
  readonly averageValue?: string;
  readonly averageUtilization?: number;
}

interface Source {
  readonly name?: string;
  readonly metric?: { readonly name?: string };
  readonly target?: Value;
  readonly current?: Value;
}

type Metric = Readonly<Partial<Record<'object' | 'pods' | 'resource' | 'containerResource' | 'external', Source>>> & {
  readonly type?: string;
};

const SHOWN = 2;
const FIELDS: Readonly<Record<string, keyof Omit<Metric, 'type'>>> = {
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
  External: 'external',
};

/** `cpu: 40%/80%, 3/10 (avg)`: each metric's current value and its target (kubectl's formatHPAMetrics). */
export function targets({ spec, status }: KubeObject): string {
  const metrics = (spec?.metrics ?? []) as Metric[];
  const current = (status?.currentMetrics ?? []) as Metric[];
  if (metrics.length === 0) return '<none>';
  const shown = metrics.slice(0, SHOWN).map((metric, i) => targetText(metric, current[i]));
  return metrics.length > SHOWN ? `${shown.join(', ')} + ${metrics.length - SHOWN} more...` : shown.join(', ');
}

function targetText(metric: Metric, status: Metric | undefined): string {
  const field = FIELDS[metric.type ?? ''];
  if (field === undefined) return '<unknown type>';
  const source = metric[field];
  const [target, now] = [source?.target ?? {}, status?.[field]?.current];
  const named = field === 'resource' || field === 'containerResource';
  const text =
    named && target.averageUtilization !== undefined
      ? `${orUnknown(now?.averageUtilization, '%')}/${target.averageUtilization}%`
      : target.averageValue === undefined
        ? `${orUnknown(now?.value)}/${target.value ?? '<auto>'}`
        : `${orUnknown(now?.averageValue)}/${target.averageValue}${named || field === 'pods' ? '' : ' (avg)'}`;
  return named ? `${source?.name}: ${text}` : text;
}

const orUnknown = (value: string | number | undefined, unit = ''): string =>
  value === undefined ? '<unknown>' : `${value}${unit}`;
