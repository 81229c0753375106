import { useEffect, useState } from "react";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/**
 * How many milliseconds are left until a time, such as the `opens_at` of a module; 0 when it has come, `undefined` without a time.
 *
 * It is counted anew each second in the last hour, and each minute before. `onOver` is called once, when it comes while the page is open.
 */
export function useTimeLeft(time: string | null, onOver?: () => unknown): number | undefined {
  const [now, setNow] = useState(() => Date.now());
  const left = time === null ? undefined : Math.max(0, Date.parse(time) - now);
  const isOver = left === 0;
  const [wasOver, setWasOver] = useState(isOver);
  useEffect(() => {
    if (left === undefined || isOver) return undefined;
    const timer = setTimeout(
      () => {
        setNow(Date.now());
      },
      Math.min(left, left > HOUR ? MINUTE : 1_000),
    );
    return () => {
      clearTimeout(timer);
    };
  }, [left, isOver]);
  useEffect(() => {
    if (isOver === wasOver) return;
    setWasOver(isOver);
    if (isOver) onOver?.();
  }, [isOver, wasOver, onOver]);
  return left;
}
