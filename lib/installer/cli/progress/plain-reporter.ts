import { wrapWords } from '../../../common/terminal/wrap-words.ts';
import type { EventBody, Reporter } from '../../progress-event.ts';
import { labText } from './lab-text.ts';
import { findingText } from './finding-text.ts';
import { logLine } from './log-line.ts';
import { briefResultText, failureText, type Paint, resultText, safe, seconds, statusText } from './event-text.ts';

export interface PlainOptions {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly paint: Paint;
  /** Also what is well: findings, phases with nothing to do, every line of progress. */
  readonly verbose: boolean;
  /** One of several hosts: what to do next is told once, elsewhere. */
  readonly brief?: boolean;
  /** Cells that a line may take: sentences are broken between words, commands and lines of logs stay whole. @default no limit */
  readonly width?: number;
  /** Lines of logs are told in words, for people. @default false: as they are, for programs */
  readonly readable?: boolean;
}

/** One line per thing that happens: for logs, pipes and terminals that cannot be drawn on. */
export function plainReporter({ out, err, paint, verbose, brief, width = Infinity, readable = false }: PlainOptions): Reporter {
  let dryRun = false;
  /** Every finding is what `check` is there for. */
  let tellAll = verbose;
  const lineOf = (event: EventBody): string => {
    switch (event.event) {
      case 'started':
        dryRun = event.dryRun && event.command !== 'check';
        tellAll = verbose || event.command === 'check';
        return '';
      case 'finding':
        return event.level === 'ok' && !tellAll ? '' : findingText(event, paint, width);
      case 'phase':
        // A dry run's phases did nothing: their changes have said what would be done.
        if (event.state === 'done' && dryRun) return '';
        if (event.state === 'done')
          return `${paint.good('done')}    ${event.title} ${paint.dim(`(${seconds(event.seconds)})`)}\n`;
        if (event.state === 'failed') return `${paint.bad('failed')}  ${event.title}\n`;
        return event.state === 'unchanged' && verbose ? `${paint.dim('there')}   ${event.title}\n` : '';
      case 'change':
        // What became of it is told at once by an undo event.
        if (event.phase === 'uninstall' && !dryRun && !verbose) return '';
        return `${dryRun ? 'would   ' : '        '}${safe(event.description)}\n`;
      case 'progress':
        return verbose || event.message.startsWith('waiting') ? `          ${paint.dim(safe(event.message))}\n` : '';
      case 'note':
        return `note    ${safe(event.message)}\n`;
      case 'undo':
        return event.outcome === 'undone'
          ? `undone  ${safe(event.message)}\n`
          : `${paint.warn('kept')}    ${safe(event.message)}\n`;
      case 'result':
        return brief === true ? briefResultText(event, paint) : resultText(event, paint);
      case 'status':
        return statusText(event, paint, brief);
      case 'log':
        return `${readable ? logLine(event.line, paint) : safe(event.line)}\n`;
      case 'lab':
      case 'lab-plan':
      case 'lab-status':
      case 'lab-remains':
      case 'lab-audit':
      case 'lab-janitor':
        return labText(event, paint);
      case 'warning':
      case 'failed':
      case 'summary':
        return '';
    }
  };
  return {
    plan: () => undefined,
    report: (event) => {
      if (event.event === 'failed') err(wrapWords(failureText(event, paint), width));
      else if (event.event === 'warning') err(wrapWords(`${paint.warn('warning')} ${safe(event.message)}\n`, width));
      else {
        const line = lineOf(event);
        if (line !== '') out(isWhole(event) ? line : wrapWords(line, width));
      }
    },
    close: async () => undefined,
  };
}

/** Commands, tables and lines of others stay as they are. */
const isWhole = ({ event }: EventBody): boolean =>
  event === 'finding' || event === 'result' || event === 'log' || event.startsWith('lab-');
