/** A group version and the Go package that declares it. */
export interface SourceGroup {
  /** File name of its table without the extension. */
  readonly id: string;
  readonly group: string;
  readonly version: string;
  /** Go package, below the folder that holds k8s.io and github.com. */
  readonly path: string;
  /** Prefix of its OpenAPI names. */
  readonly package: string;
}

const api = (name: string, group: string, version = 'v1'): SourceGroup => ({
  id: `${name}.${version}`,
  group,
  version,
  path: `k8s.io/api/${name}/${version}`,
  package: `io.k8s.api.${name}.${version}`,
});

const openshift = (name: string): SourceGroup => ({
  id: `openshift-${name}.v1`,
  group: `${name}.openshift.io`,
  version: 'v1',
  path: `github.com/openshift/api/${name}/v1`,
  package: `com.github.openshift.api.${name}.v1`,
});

/** Every group that is served or will be soon. Adding one here and running generate.ts is all it takes. */
export const sourceGroups: readonly SourceGroup[] = [
  {
    id: 'meta.v1',
    group: 'meta.k8s.io',
    version: 'v1',
    path: 'k8s.io/apimachinery/pkg/apis/meta/v1',
    package: 'io.k8s.apimachinery.pkg.apis.meta.v1',
  },
  api('admissionregistration', 'admissionregistration.k8s.io'),
  api('apps', 'apps'),
  api('authentication', 'authentication.k8s.io'),
  api('authorization', 'authorization.k8s.io'),
  api('autoscaling', 'autoscaling'),
  api('autoscaling', 'autoscaling', 'v2'),
  api('batch', 'batch'),
  api('certificates', 'certificates.k8s.io'),
  api('coordination', 'coordination.k8s.io'),
  api('core', ''),
  api('discovery', 'discovery.k8s.io'),
  api('events', 'events.k8s.io'),
  api('flowcontrol', 'flowcontrol.apiserver.k8s.io'),
  api('networking', 'networking.k8s.io'),
  api('node', 'node.k8s.io'),
  api('policy', 'policy'),
  api('rbac', 'rbac.authorization.k8s.io'),
  api('scheduling', 'scheduling.k8s.io'),
  api('storage', 'storage.k8s.io'),
  openshift('apps'),
  openshift('authorization'),
  openshift('build'),
  openshift('image'),
  openshift('network'),
  openshift('oauth'),
  openshift('project'),
  openshift('quota'),
  openshift('route'),
  openshift('security'),
  openshift('template'),
  openshift('user'),
];
