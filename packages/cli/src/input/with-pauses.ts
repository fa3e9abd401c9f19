import type { Clock } from "@plumbline/core";

/** What a source gives, and `undefined` each time when nothing more has come for so many milliseconds. */
export async function* withPauses<T>(
  source: AsyncIterable<T>,
  clock: Clock,
  pauseMs: number,
): AsyncGenerator<T | undefined> {
  const iterator = source[Symbol.asyncIterator]();
  for (;;) {
    const next = iterator.next();
    const { isPause, result } = await orPause(next, clock, pauseMs);
    if (isPause) yield undefined;
    const read = result ?? (await next);
    if (read.done === true) return;
    yield read.value;
  }
}

interface NextOrPause<T> {
  readonly isPause: boolean;
  readonly result: IteratorResult<T> | undefined;
}

async function orPause<T>(next: Promise<IteratorResult<T>>, clock: Clock, pauseMs: number): Promise<NextOrPause<T>> {
  let pause: { cancel(): void } | undefined;
  const paused = new Promise<NextOrPause<T>>((resolve) => {
    pause = clock.setTimer(() => resolve({ isPause: true, result: undefined }), pauseMs);
  });
  try {
    return await Promise.race([next.then((result) => ({ isPause: false, result })), paused]);
  } finally {
    pause?.cancel();
  }
}
