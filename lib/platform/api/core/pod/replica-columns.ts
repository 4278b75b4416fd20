import { ageColumn, type Column, countColumn, nameColumn, wideColumn } from '../../columns.ts';
import type { KubeObject } from '../../meta.ts';
import { templateColumns } from './template-columns.ts';

/** The columns of what keeps a number of equal pods. `selector`: as its cell shows it. */
export const replicaColumns = (selector: (object: KubeObject) => string): readonly Column[] => [
  nameColumn,
  countColumn('Desired', (object) => object.spec?.replicas ?? 0),
  countColumn('Current', (object) => object.status?.replicas ?? 0),
  countColumn('Ready', (object) => object.status?.readyReplicas ?? 0),
  ageColumn,
  ...templateColumns((object) => object.spec?.template),
  wideColumn('Selector', selector),
];
