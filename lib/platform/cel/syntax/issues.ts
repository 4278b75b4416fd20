/** What is wrong with an expression, and where: an index into its code points. */
export interface Issue {
  readonly at: number;
  readonly message: string;
}

/** An expression that does not compile. The message shows each place in the source, as cel-go prints issues. */
export class CompileError extends Error {
  readonly issues: readonly Issue[];

  constructor(source: string, issues: readonly Issue[]) {
    super(formatIssues(source, issues));
    this.name = 'CompileError';
    this.issues = issues;
  }
}

const MAX_SHOWN = 100;

function formatIssues(source: string, issues: readonly Issue[]): string {
  const points = [...source];
  const sorted = [...issues].sort((a, b) => a.at - b.at).slice(0, MAX_SHOWN);
  return sorted.map((issue) => formatIssue(points, issue)).join('\n');
}

function formatIssue(points: readonly string[], { at, message }: Issue): string {
  let start = 0;
  let line = 1;
  for (let i = 0; i < Math.min(at, points.length); i++)
    if (points[i] === '\n') {
      line++;
      start = i + 1;
    }
  const end = points.indexOf('\n', start);
  const text = points.slice(start, end === -1 ? undefined : end).join('');
  const column = at - start;
  return `ERROR: <input>:${line}:${column + 1}: ${message}\n | ${text.replaceAll('\t', ' ')}\n | ${'.'.repeat(column)}^`;
}
