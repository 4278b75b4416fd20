/** Fields of a persistent volume's spec that are no source of it. */
const COMMON = new Set([
  'capacity',
  'accessModes',
  'claimRef',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'mountOptions',
  'volumeMode',
  'nodeAffinity',
  'volumeAttributesClassName',
]);

/** What is left of a persistent volume's spec: where its bytes are, under the name of the plug-in. */
export const volumeSourceOf = (spec: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(spec).filter(([key]) => !COMMON.has(key)));
