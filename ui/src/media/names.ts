/** Names of files as they are shown: the real ending is always seen, whatever the name pretends (H19). */
import { shownName } from '../look/names';

export interface FileName {
  stem: string;
  /** With its dot; empty when there is none. */
  ending: string;
}

/** Longer than this nothing is an ending, characters. */
const ENDING = 10;

/** Of what stands before the ending, characters: no system has longer names. */
const WHOLE = 255;

export function fileName(name: string, most?: number): FileName {
  const dot = name.lastIndexOf('.');
  const ending = name.slice(dot);
  const hasEnding = dot > 0 && ending.length > 1 && ending.length <= ENDING && !/\s/u.test(ending);
  if (!hasEnding) return { stem: shownName(name, most), ending: '' };
  return { stem: shownName(name.slice(0, dot), most), ending: shownName(ending) };
}

/** In one piece, the ending kept. */
export function fileNameText(name: string): string {
  const { stem, ending } = fileName(name);
  return stem + ending;
}

/** Not cut short: for where there is room for all of it. */
export function wholeFileName(name: string): string {
  const { stem, ending } = fileName(name, WHOLE);
  return stem + ending;
}
