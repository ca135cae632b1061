/** A minute of the day, and how an `<input type="time">` spells it. */

export function clockOf(minute: number): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** `null` for what is no time, for instance a field that was emptied. */
export function minuteOf(clock: string): number | null {
  const parts = /^(\d{1,2}):(\d{2})/u.exec(clock);
  if (parts === null) return null;
  const minute = Number(parts[1]) * 60 + Number(parts[2]);
  return minute < 24 * 60 && Number(parts[2]) < 60 ? minute : null;
}
