/**
 * `components.schemas` of the OpenAPI v3 document of a group version: every type its kinds reach, with the Kubernetes
 * extensions (group-version-kind, patch and list keys). Kinds: those of the tables, whether served or not.
 */
export function openApiSchemas(group: string, version: string): Record<string, object> {
  void group;
  void version;
  return {};
}
