/** Every key that does something, and where: what is pressed is looked up here, and the help sheet shows the same table. */
import { words } from '../words/words.svelte';

export type Place = 'anywhere' | 'list' | 'messages' | 'composer' | 'choosing';

interface Chord {
  /** `KeyboardEvent.key`; of letters the small one. */
  key: string;
  /** With Ctrl, or ⌘ on a Mac. */
  mod?: true;
  shift?: true;
  /** A sign, for which some keyboards need Shift and others do not. */
  sign?: true;
}

export interface Shortcut {
  place: Place;
  chords: readonly Chord[];
  does: () => string;
}

/** The order is that of the sheet. */
export const SHORTCUTS = {
  jump: { place: 'anywhere', chords: [{ key: 'k', mod: true }], does: () => words.keys.jump },
  new: { place: 'anywhere', chords: [{ key: 'n', mod: true }], does: () => words.keys.new },
  settings: {
    place: 'anywhere',
    chords: [{ key: ',', mod: true, sign: true }],
    does: () => words.keys.settings,
  },
  help: {
    place: 'anywhere',
    chords: [
      { key: '?', sign: true },
      { key: '/', mod: true, sign: true },
    ],
    does: () => words.keys.help,
  },
  larger: {
    place: 'anywhere',
    chords: [
      { key: '+', mod: true, sign: true },
      { key: '=', mod: true, sign: true },
    ],
    does: () => words.keys.larger,
  },
  smaller: {
    place: 'anywhere',
    chords: [{ key: '-', mod: true, sign: true }],
    does: () => words.keys.smaller,
  },
  asItWas: { place: 'anywhere', chords: [{ key: '0', mod: true }], does: () => words.keys.asItWas },
  next: {
    place: 'anywhere',
    chords: [{ key: 'Tab' }, { key: 'Tab', shift: true }],
    does: () => words.keys.next,
  },
  close: { place: 'anywhere', chords: [{ key: 'Escape' }], does: () => words.keys.close },

  move: {
    place: 'list',
    chords: [
      { key: 'ArrowUp' },
      { key: 'ArrowDown' },
      { key: 'Home' },
      { key: 'End' },
      { key: 'PageUp' },
      { key: 'PageDown' },
    ],
    does: () => words.keys.move,
  },
  open: { place: 'list', chords: [{ key: 'Enter' }], does: () => words.keys.open },
  delete: { place: 'list', chords: [{ key: 'Delete' }], does: () => words.keys.delete },
  menu: {
    place: 'list',
    chords: [{ key: 'ContextMenu' }, { key: 'F10', shift: true }],
    does: () => words.keys.menu,
  },

  moveMessage: {
    place: 'messages',
    chords: [{ key: 'ArrowUp' }, { key: 'ArrowDown' }],
    does: () => words.keys.moveMessage,
  },
  latest: { place: 'messages', chords: [{ key: 'End', mod: true }], does: () => words.keys.latest },
  messageMenu: {
    place: 'messages',
    chords: [{ key: 'ContextMenu' }, { key: 'F10', shift: true }],
    does: () => words.keys.messageMenu,
  },

  send: { place: 'composer', chords: [{ key: 'Enter' }], does: () => words.keys.send },
  break: { place: 'composer', chords: [{ key: 'Enter', shift: true }], does: () => words.keys.break },
  mention: { place: 'composer', chords: [{ key: '@', sign: true }], does: () => words.keys.mention },
  stop: { place: 'composer', chords: [{ key: 'Escape' }], does: () => words.keys.stop },

  choose: {
    place: 'choosing',
    chords: [{ key: 'ArrowUp' }, { key: 'ArrowDown' }, { key: 'Enter' }],
    does: () => words.keys.choose,
  },
} as const satisfies Record<string, Shortcut>;

type Pressed = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'isComposing'>;

/** Whether this key press is that shortcut. */
export function isPressed(name: keyof typeof SHORTCUTS, event: Pressed): boolean {
  if (event.altKey || event.isComposing) return false;
  const chords: readonly Chord[] = SHORTCUTS[name].chords;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return chords.some(
    (chord) =>
      chord.key === key &&
      (chord.mod === true) === (event.ctrlKey || event.metaKey) &&
      (chord.sign === true || (chord.shift === true) === event.shiftKey),
  );
}

const NAMES: Record<string, string> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  PageUp: 'Page Up',
  PageDown: 'Page Down',
  Escape: 'Esc',
  ContextMenu: '☰',
  Delete: 'Del',
};

/** The keys of a chord as they are written on keyboards. */
export function keysOf(chord: Chord, isMac: boolean): string[] {
  const name = NAMES[chord.key] ?? chord.key.toUpperCase();
  const key = chord.key.length === 1 || chord.key in NAMES ? name : chord.key;
  return [...(chord.mod ? [isMac ? '⌘' : 'Ctrl'] : []), ...(chord.shift ? [isMac ? '⇧' : 'Shift'] : []), key];
}

export const isMac = (): boolean => /Mac/u.test(navigator.userAgent);

/** Whether what is typed goes into a field. */
export function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLInputElement ||
    (target instanceof HTMLElement && target.isContentEditable)
  );
}
