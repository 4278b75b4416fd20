import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { forbidden, immutable, invalid, required, tooLong } from '../validation/causes.ts';
import { dns1123Subdomain } from '../validation/names.ts';

const MAX_MESSAGE = 1024;
const SOURCE_TEXT = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';

function validate({ spec = {} }: KubeObject): StatusCause[] {
  const { attacher = '', nodeName = '', source = {} } = spec;
  const causes =
    attacher === ''
      ? [required('spec.attacher')]
      : dns1123Subdomain(attacher).map((text) => invalid('spec.attacher', attacher, text));
  const { inlineVolumeSpec: inline, persistentVolumeName: volume } = source;
  if (inline === undefined && volume === undefined) causes.push(required('spec.source', SOURCE_TEXT));
  else if (inline !== undefined && volume !== undefined) causes.push(forbidden('spec.source', SOURCE_TEXT));
  else if (volume === '')
    causes.push(required('spec.source.persistentVolumeName', 'must specify non empty persistentVolumeName'));
  else if (volume !== undefined)
    for (const text of dns1123Subdomain(volume)) causes.push(invalid('spec.source.persistentVolumeName', volume, text));
  return [...causes, ...dns1123Subdomain(nodeName).map((text) => invalid('spec.nodeName', nodeName, text))];
}

const validateStatus = ({ status = {} }: KubeObject): StatusCause[] =>
  ['attachError', 'detachError']
    .filter((field) => (status[field]?.message ?? '').length > MAX_MESSAGE)
    .map((field) => tooLong(`status.${field}.message`, MAX_MESSAGE));

export const volumeAttachment = defineResource({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttachment',
  plural: 'volumeattachments',
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.VolumeAttachment',
  strategy: {
    generation: false,
    prepareForCreate: (object) => {
      object.status = { attached: false };
    },
    validate,
    validateUpdate: ({ spec }, old) => immutable('spec', spec, old.spec),
  },
  status: { validateUpdate: validateStatus },
  columns: [
    nameColumn,
    column('Attacher', (object) => object.spec?.attacher ?? ''),
    column('PV', (object) => object.spec?.source?.persistentVolumeName ?? ''),
    column('Node', (object) => object.spec?.nodeName ?? ''),
    { name: 'Attached', type: 'boolean', cell: (object) => object.status?.attached ?? false },
    ageColumn,
  ],
});
