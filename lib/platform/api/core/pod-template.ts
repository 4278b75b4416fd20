import { column, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import { labelSetCell } from '../selectors/label-selector-text.ts';
import { validatePodTemplate } from './pod/pod-validation.ts';
import { templateColumns } from './pod/template-columns.ts';

/** A template that stands by itself. */
export const podTemplate = defineResource({
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  namespaced: true,
  schema: 'io.k8s.api.core.v1.PodTemplate',
  strategy: { generation: true, validate: (object) => validatePodTemplate(object.template ?? {}, 'template') },
  columns: [
    nameColumn,
    ...templateColumns((object) => object.template).map(({ priority: _wide, ...each }) => each),
    column('Pod Labels', (object) => labelSetCell(object.template?.metadata?.labels)),
  ],
});
