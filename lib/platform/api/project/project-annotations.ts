export const PROJECT = { group: 'project.openshift.io', version: 'v1' } as const;

/** What OpenShift says of a project in its namespace's annotations. */
export const DISPLAY_NAME = 'openshift.io/display-name';
export const DESCRIPTION = 'openshift.io/description';
/** The user who asked for the project. */
export const REQUESTER = 'openshift.io/requester';
/** Since when (RFC 3339) a requested project is being put together. Gone when it is whole. */
export const UNFINISHED = 'openshift.io/unfinished-request';
