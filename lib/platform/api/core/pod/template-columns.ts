import { wideColumn, type Column } from '../../columns.ts';
import type { KubeObject } from '../../meta.ts';

/** The wide columns of everything that holds a pod template: what its containers are called and which images they run. */
export function templateColumns(templateOf: (object: KubeObject) => KubeObject | undefined): Column[] {
  const each = (object: KubeObject, field: 'name' | 'image'): string =>
    ((templateOf(object)?.spec?.containers ?? []) as { name?: string; image?: string }[])
      .map((container) => container[field] ?? '')
      .join(',');
  return [wideColumn('Containers', (object) => each(object, 'name')), wideColumn('Images', (object) => each(object, 'image'))];
}
