/** What was typed where nothing keeps it: in dialogs, and in the forms of the first screen. */
import { SvelteSet } from 'svelte/reactivity';

/** The places that would be missed. */
const places = new SvelteSet<HTMLElement>();

/** Whether the page has words that are nowhere else. */
export function isTypedSomewhere(): boolean {
  return places.size > 0;
}

function isField(target: EventTarget | null): target is HTMLInputElement | HTMLTextAreaElement {
  if (target instanceof HTMLTextAreaElement) return true;
  // What was looked for is quickly looked for again.
  return target instanceof HTMLInputElement && target.type !== 'search' && target.type !== 'checkbox';
}

/** Watches a place for what is typed into it. `isBegun`: what was typed on the way to it counts, too. */
export function watchTyping(isBegun = false): (place: HTMLElement) => () => void {
  return (place) => {
    const fields = new Set<HTMLInputElement | HTMLTextAreaElement>();
    const oninput = ({ target }: Event): void => {
      if (!isField(target)) return;
      fields.add(target);
      const isTyped = isBegun || [...fields].some((each) => each.isConnected && each.value !== '');
      if (isTyped) places.add(place);
      else places.delete(place);
    };
    if (isBegun) places.add(place);
    place.addEventListener('input', oninput);
    return () => {
      place.removeEventListener('input', oninput);
      places.delete(place);
    };
  };
}
