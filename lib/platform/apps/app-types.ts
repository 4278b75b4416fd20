/** What an application can be made of: each has an image openshift/TYPE, and a sample in assets/apps/TYPE. */
export const APP_TYPES = ['nodejs', 'php', 'python', 'static'] as const;
export type AppType = (typeof APP_TYPES)[number];
