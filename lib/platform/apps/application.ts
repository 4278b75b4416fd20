import { dns1035Label } from '../api/validation/names.ts';
import { appErrors } from './app-errors.ts';

/** On all that we make, beside `app`: by these two labels it is known again. */
const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'openshift-app' } as const;

/** Port that the images listen on. */
export const APP_PORT = 8080;

/** Of one application, or of all of a project. */
export const selectorOf = (name?: string): string =>
  Object.entries(name === undefined ? MANAGED_BY : labelsOf(name))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');

/** Labels of all that belongs to an application. */
export const labelsOf = (name: string): Record<string, string> => ({ app: name, ...MANAGED_BY });

/** Before anything is asked of anybody. It names a service, which is a name in DNS. @throws OoError APP_NAME_INVALID */
export function judgeName(name: string): string {
  const [problem] = dns1035Label(name);
  if (problem !== undefined) throw appErrors.APP_NAME_INVALID(name, problem);
  return name;
}
