export const PROJECT = { group: 'project.openshift.io', version: 'v1' } as const;

/** What OpenShift says of a project in its namespace's annotations. */
export const DISPLAY_NAME = 'openshift.io/display-name';
export const DESCRIPTION = 'openshift.io/description';
/** The user who asked for the project. */
export const REQUESTER = 'openshift.io/requester';
