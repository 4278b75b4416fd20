/** ms between two lines: what is done sooner is not worth a word. */
const interval = 1000;

/** Turns byte counts into lines for a person who waits: `sent 45 of 150 MB`, once a second at most. */
export function transferProgress(
  size: number,
  tell: (line: string) => void,
  now: () => number = () => performance.now(),
): (bytes: number) => void {
  let told = now();
  return (bytes) => {
    const time = now();
    if (time - told < interval || bytes >= size) return;
    told = time;
    tell(`sent ${Math.floor(bytes / 1e6)} of ${Math.ceil(size / 1e6)} MB`);
  };
}
