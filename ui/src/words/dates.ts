/** Dates and times in words, by Intl. Times are in seconds since 1970 unless said otherwise. */

const kept = new Map<string, Intl.DateTimeFormat>();

/** Making a formatter costs more than using it: each is made once. */
function format(locale: string, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${name}`;
  let made = kept.get(key);
  if (made === undefined) kept.set(key, (made = new Intl.DateTimeFormat(locale, options)));
  return made;
}

/** Midnight before this moment, here, as a number that is equal for moments of the same day. */
export function dayOf(time: number): number {
  return new Date(time * 1000).setHours(0, 0, 0, 0);
}

/** `14:05`, or `2:05 PM` where people write it so. */
export function timeOfDay(time: number, locale: string): string {
  return format(locale, 'time', { hour: 'numeric', minute: '2-digit' }).format(time * 1000);
}

/** For hovering: everything. */
export function fullTime(time: number, locale: string): string {
  return format(locale, 'full', { dateStyle: 'full', timeStyle: 'medium' }).format(time * 1000);
}

/** A day and an hour to come. */
export function untilTime(ms: number, locale: string): string {
  return format(locale, 'until', { dateStyle: 'medium', timeStyle: 'short' }).format(ms);
}

/** The first moment of this moment's month, here. */
export function monthOf(time: number): number {
  const date = new Date(time * 1000);
  return new Date(date.getFullYear(), date.getMonth(), 1).getTime();
}

/** `November 2026`. */
export function monthInWords(month: number, locale: string): string {
  return format(locale, 'month', { year: 'numeric', month: 'long' }).format(month);
}

interface DayWords {
  today: string;
  yesterday: string;
}

/** The words of a day separator: today, yesterday, a weekday with its date, with the year when it is another. */
export function dayInWords(day: number, now: number, locale: string, say: DayWords): string {
  const today = new Date(now).setHours(0, 0, 0, 0);
  if (day === today) return say.today;
  if (day === new Date(today).setDate(new Date(today).getDate() - 1)) return say.yesterday;
  const isThisYear = new Date(day).getFullYear() === new Date(now).getFullYear();
  return isThisYear
    ? format(locale, 'day', { weekday: 'long', month: 'long', day: 'numeric' }).format(day)
    : format(locale, 'dayYear', { year: 'numeric', month: 'long', day: 'numeric' }).format(day);
}

/** The time in the list: the hour for today, then the weekday, then the date. */
export function listTime(time: number, now: number, locale: string, yesterday: string): string {
  const today = new Date(now).setHours(0, 0, 0, 0);
  const ms = time * 1000;
  if (ms >= today) return timeOfDay(time, locale);
  const start = new Date(today);
  if (ms >= new Date(start).setDate(start.getDate() - 1)) return yesterday;
  if (ms >= new Date(start).setDate(start.getDate() - 6))
    return format(locale, 'weekday', { weekday: 'short' }).format(ms);
  return new Date(ms).getFullYear() === start.getFullYear()
    ? format(locale, 'short', { month: 'short', day: 'numeric' }).format(ms)
    : format(locale, 'shortYear', { year: 'numeric', month: 'numeric', day: 'numeric' }).format(ms);
}
