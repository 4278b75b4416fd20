import { styledLines, type StyledRun } from './styled-text.ts';

const FONT = 14;
const CELL = { width: 8.4, height: 19 };
const MARGIN = 16;
/** Readable on the dark background for most eyes (WCAG AA), in the order of the terminal's palette. */
const PALETTE = [
  '#6e7681',
  '#ff7b72',
  '#56d364',
  '#e3b341',
  '#79c0ff',
  '#d2a8ff',
  '#56d4dd',
  '#c9d1d9',
  '#8b949e',
  '#ffa198',
  '#7ee787',
  '#f2cc60',
  '#a5d6ff',
  '#e2c5ff',
  '#b3f0ff',
  '#ffffff',
];
const FOREGROUND = '#e6edf3';
const BACKGROUND = '#0d1117';

/** A screen, as `tmux capture-pane -e -p` prints it, as an SVG that needs no script, no font of its own and no style sheet. */
export function terminalPicture(screen: string, columns: number): string {
  const lines = styledLines(screen.replace(/\n+$/, ''));
  const width = Math.round(columns * CELL.width + 2 * MARGIN);
  const height = Math.round(lines.length * CELL.height + 2 * MARGIN);
  const rows = lines.map((runs, row) => lineOf(runs, row));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>oo-install on four servers</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>`,
    `<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${FONT}" fill="${FOREGROUND}" xml:space="preserve">`,
    ...rows.filter((row) => row !== ''),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** Every run is set to its own columns: whatever the font's width, what stands below each other stays so. */
function lineOf(runs: readonly StyledRun[], row: number): string {
  const y = (MARGIN + row * CELL.height + FONT).toFixed(1);
  let column = 0;
  const spans = runs.flatMap(piecesOf).map((run) => {
    const x = (MARGIN + column * CELL.width).toFixed(1);
    const cells = [...run.text].length;
    column += cells;
    if (run.text.trim() === '') return '';
    const attributes = [
      `x="${x}" y="${y}" textLength="${(cells * CELL.width).toFixed(1)}" lengthAdjust="spacingAndGlyphs"`,
      run.color === undefined ? '' : `fill="${PALETTE[run.color]}"`,
      run.bold ? 'font-weight="bold"' : '',
      run.dim ? 'opacity="0.65"' : '',
      run.underline ? 'text-decoration="underline"' : '',
    ];
    return `<text ${attributes.filter((attribute) => attribute !== '').join(' ')}>${escape(run.text)}</text>`;
  });
  return spans.join('');
}

/** Gaps, and characters that another font may have to lend, are pieces of their own: nothing beside them moves. */
function piecesOf(run: StyledRun): StyledRun[] {
  return run.text.split(/( {2,}|[^\x20-\x7e]+)/).flatMap((text) => (text === '' ? [] : [{ ...run, text }]));
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
