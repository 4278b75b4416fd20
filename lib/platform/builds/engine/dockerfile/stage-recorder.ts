/** Learns from what the engine says which image each stage of a Dockerfile has become. */
export interface StageRecorder {
  line(line: string): void;
  /** An image that the engine told of, by its id or the beginning of it: first in each stage what it is from. */
  image(id: string): void;
  /** Those of the stages before the last one that have a step of their own, without `sha256:`. */
  earlier(): readonly string[];
}

export function stageRecorder(): StageRecorder {
  const stages: string[][] = [];
  return {
    line(line) {
      if (/^Step \d+\/\d+ : FROM\s/.test(line)) stages.push([]);
    },
    image(id) {
      stages.at(-1)?.push(id.replace(/^sha256:/, ''));
    },
    earlier: () =>
      stages.slice(0, -1).flatMap(([base, ...steps]) => {
        const last = steps.at(-1);
        return base === undefined || last === undefined || last.startsWith(base) ? [] : [last];
      }),
  };
}
