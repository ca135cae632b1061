/** Who may not speak in a group just now, and until when. The server decides. */
import type { Group } from '../tim';
import { dayOf, timeOfDay, untilTime } from '../words/dates';
import { spoken, words } from '../words/words.svelte';

/** What is asked of the clock at least this often, milliseconds: a computer that slept wakes later than its timers. */
const MINUTE = 60_000;

/** Why this user may not speak in a group: only administrators may, or not before a moment, seconds since 1970; `null`: they may. */
export function silenceOf(group: Group | undefined, now: number): 'all' | { until: number } | null {
  if (group?.selfInfo?.role !== 'Member') return null;
  if (group.muteAllMembers) return 'all';
  const { muteUntil } = group.selfInfo;
  return muteUntil * 1000 > now ? { until: muteUntil } : null;
}

/** The same in words, told anew when it ends, while the component is there that asks. */
export function silenceIn(group: () => Group | undefined): { readonly text: string | null } {
  let beat = $state(0);
  const silence = $derived.by(() => {
    void beat;
    return silenceOf(group(), Date.now());
  });
  const text = $derived.by(() => {
    if (silence === null) return null;
    if (silence === 'all') return words.composer.mutedAll;
    const { until } = silence;
    const isToday = dayOf(until) === dayOf(Date.now() / 1000);
    return words.composer.mutedUntil(
      isToday ? timeOfDay(until, spoken.locale) : untilTime(until * 1000, spoken.locale),
    );
  });
  $effect(() => {
    if (silence === null || silence === 'all') return;
    const left = silence.until * 1000 - Date.now();
    const timer = setTimeout(() => (beat += 1), Math.min(Math.max(left, 0), MINUTE));
    return () => clearTimeout(timer);
  });
  return {
    get text() {
      return text;
    },
  };
}
