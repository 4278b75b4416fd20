import { newNotFound, StatusError } from '../../api/status-error.ts';

/** What the client is told of a path that nothing answers (client-go prints this text). */
export const notServed = (): StatusError => {
  const error = newNotFound({ group: '', resource: '' }, '');
  return new StatusError({ ...error.status, message: 'the server could not find the requested resource', details: {} });
};

/** What the client is told of a method that a path does not know. */
export const notAllowed = (): StatusError => {
  const error = newNotFound({ group: '', resource: '' }, '');
  return new StatusError({
    ...error.status,
    message: 'the server does not allow this method on the requested resource',
    reason: 'MethodNotAllowed',
    details: {},
    code: 405,
  });
};
