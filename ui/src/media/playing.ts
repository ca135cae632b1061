/** What plays: one at a time. */

let playing: HTMLMediaElement | null = null;

/** This one plays now, and whatever played before stops. */
export function takesOver(element: HTMLMediaElement): void {
  if (playing !== null && playing !== element) playing.pause();
  playing = element;
}

/** The speed that was chosen last for voices: who likes it quick likes all of it quick. */
export const SPEEDS = [1, 1.5, 2] as const;
let speed: (typeof SPEEDS)[number] = 1;

export const voiceSpeed = (): (typeof SPEEDS)[number] => speed;

export function nextSpeed(): (typeof SPEEDS)[number] {
  speed = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length] ?? 1;
  return speed;
}
