/** How long a component may take to begin, in s. */
const START_S = 300;

/** What a component is asked: an HTTP request (core/v1 Probe, `httpGet`). */
export interface ComponentQuestion {
  readonly httpGet: { readonly path: string; readonly port: number; readonly scheme?: 'HTTP' | 'HTTPS' };
}

/**
 * The probes of a component's container: it is ready as soon as it answers, and is begun again when it has not answered for a minute. Not while
 * it starts: on a slow machine that takes its time, and one that is killed for it begins from the start, for ever. A startup probe would say the
 * same and make it ready later, since it is asked at its period only.
 *
 * @param answerS how long an answer may take, in s
 */
export function componentProbes(
  question: ComponentQuestion,
  answerS: { readonly ready: number; readonly alive: number },
): object {
  return {
    readinessProbe: { ...question, periodSeconds: 2, timeoutSeconds: answerS.ready },
    livenessProbe: {
      ...question,
      initialDelaySeconds: START_S,
      periodSeconds: 10,
      timeoutSeconds: answerS.alive,
      failureThreshold: 6,
    },
  };
}
