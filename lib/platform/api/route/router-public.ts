/**
 * What everybody who is logged in may know of the router, since routes tell hosts alone: a ConfigMap of the project `openshift` with the machine's
 * ports as `http` and `https` (as OpenShift 4's `console-public` tells of the console). The role `router-public` lets it be read.
 */
export const ROUTER_PUBLIC = { namespace: 'openshift', name: 'router-public' } as const;
