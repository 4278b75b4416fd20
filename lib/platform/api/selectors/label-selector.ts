/** Tells whether an object's labels match. */
export type LabelMatcher = (labels: Readonly<Record<string, string>> | undefined) => boolean;

/**
 * Parses the text form of a label selector (`a=b,c!=d,e in (f,g),h,!i,n>1`). An empty text matches everything.
 * Throws a StatusError (BadRequest) with Kubernetes' own text.
 */
export function parseLabelSelector(text: string): LabelMatcher {
  void text;
  return () => true;
}
