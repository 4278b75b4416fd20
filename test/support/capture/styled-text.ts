/** Characters of one line that look the same. */
export interface StyledRun {
  readonly text: string;
  /** 0 to 15 of the terminal's palette. Not set: its own foreground. */
  readonly color: number | undefined;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly underline: boolean;
}

type Style = Omit<StyledRun, 'text'>;

const plain: Style = { color: undefined, bold: false, dim: false, underline: false };

/** Reads a line with the colour sequences that `tmux capture-pane -e` prints (SGR, ECMA-48 8.3.117). Style goes on to the next line. */
export function styledLines(text: string): StyledRun[][] {
  let style = plain;
  return text.split('\n').map((line) => {
    const runs: StyledRun[] = [];
    for (const part of line.split(/(\x1b\[[0-9;]*m)/)) {
      const codes = /^\x1b\[([0-9;]*)m$/.exec(part)?.[1];
      if (codes !== undefined) style = applyCodes(style, codes.split(';').map(Number));
      else if (part !== '') runs.push({ text: part, ...style });
    }
    return runs;
  });
}

function applyCodes(style: Style, codes: readonly number[]): Style {
  let next = style;
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at]!;
    if (code === 0) next = plain;
    else if (code === 1) next = { ...next, bold: true };
    else if (code === 2) next = { ...next, dim: true };
    else if (code === 4) next = { ...next, underline: true };
    else if (code === 22) next = { ...next, bold: false, dim: false };
    else if (code === 24) next = { ...next, underline: false };
    else if (code >= 30 && code <= 37) next = { ...next, color: code - 30 };
    else if (code >= 90 && code <= 97) next = { ...next, color: code - 90 + 8 };
    else if (code === 39) next = { ...next, color: undefined };
    else if (code === 38 && codes[at + 1] === 5) {
      next = { ...next, color: codes[at + 2]! % 16 };
      at += 2;
    }
  }
  return next;
}
