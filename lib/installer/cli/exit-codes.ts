import type { FailureClass } from '../../common/errors.ts';

/** The status that the process ends with, per class of failure. Documented in docs/exit-codes.md; they never change. */
export const exitCodes: Readonly<Record<FailureClass, number>> = {
  internal: 1,
  usage: 2,
  preflight: 3,
  connection: 4,
  docker: 5,
  platform: 6,
  conflict: 7,
  interrupted: 130,
};
