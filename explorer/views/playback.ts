// Plays the steps of a connection, one after the other.

import { useCallback, useEffect, useState } from 'preact/hooks';

const STEP_MILLISECONDS = 700;

export const reducedMotion = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** @param of what is played: another one stops it */
export function usePlayback(length: number, of: unknown) {
  const [upTo, setUpTo] = useState(length - 1);
  const [playing, setPlaying] = useState(false);
  useEffect(() => {
    setPlaying(false);
    setUpTo(length - 1);
  }, [of, length]);
  useEffect(() => {
    if (!playing) return;
    const timer = setInterval(() => {
      setUpTo(before => {
        if (before + 1 >= length - 1) setPlaying(false);
        return Math.min(before + 1, length - 1);
      });
    }, STEP_MILLISECONDS);
    return () => clearInterval(timer);
  }, [playing, length]);
  const play = useCallback(() => {
    setUpTo(before => (before >= length - 1 ? 0 : before));
    setPlaying(true);
  }, [length]);
  const stop = useCallback(() => setPlaying(false), []);
  const seek = useCallback((to: number) => setUpTo(to), []);
  return { upTo, playing, play, stop, seek };
}
