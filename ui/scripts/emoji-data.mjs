/**
 * Makes `src/emoji/data/` from the data of emojibase: `npm pack emojibase-data@17 && tar xzf emojibase-data-*.tgz`, then
 * `node scripts/emoji-data.mjs package`. The package itself is 49 MB in thirty languages, which nobody who builds Tidings needs.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const from = process.argv[2];
if (from === undefined) throw new Error('which folder has the data?');
const to = fileURLToPath(new URL('../src/emoji/data/', import.meta.url));
const read = (path) => JSON.parse(readFileSync(join(from, path), 'utf8'));
const write = (name, value) => writeFileSync(join(to, name), `${JSON.stringify(value)}\n`);

/** Emojibase's number of the group of hair and skin, which are parts of emoji and none themselves. */
const COMPONENTS = 2;
const MODIFIER_BASE = /\p{Emoji_Modifier_Base}/u;

/** As `withTone` of src/emoji/emoji.ts does it. */
function toned(emoji, tone) {
  const modifier = String.fromCodePoint(0x1f3fa + tone);
  return [...emoji]
    .filter((character, index, all) => !(character === '\ufe0f' && MODIFIER_BASE.test(all[index - 1] ?? '')))
    .map((character, index, all) => {
      const isBetween = all[index - 1] === '\u200d' && all[index + 1] === '\u200d';
      return MODIFIER_BASE.test(character) && !isBetween ? character + modifier : character;
    })
    .join('');
}

function hasTones(emoji) {
  const ofOneTone = (emoji.skins ?? []).filter(({ tone }) =>
    [tone].flat().every((each, _at, all) => each === all[0]),
  );
  if (ofOneTone.length === 0) return false;
  for (const skin of ofOneTone) {
    const made = toned(emoji.emoji, [skin.tone].flat()[0]);
    if (made.replaceAll('\ufe0f', '') !== skin.emoji.replaceAll('\ufe0f', '')) {
      console.warn(`${emoji.label}: the tone cannot be put in by rule`);
      return false;
    }
  }
  return true;
}

const groups = read('meta/groups.json').groups;
const all = read('en/data.json')
  .filter(({ group, order }) => group !== undefined && group !== COMPONENTS && order !== undefined)
  .sort((a, b) => a.order - b.order);

const grouped = new Map();
for (const each of all) {
  const list = grouped.get(each.group) ?? [];
  // Emojibase puts the selector also where the character is an emoji without it.
  const characters = each.emoji.replace(/(\p{Emoji_Presentation})\ufe0f/gu, '$1');
  list.push(hasTones(each) ? [characters, each.version, 1] : [characters, each.version]);
  grouped.set(each.group, list);
}
write(
  'emoji.json',
  [...grouped].map(([group, emoji]) => ({ key: groups[group], emoji })),
);

for (const [language, name] of [
  ['en', 'en'],
  ['zh', 'zh-CN'],
]) {
  const byHexcode = new Map(read(`${language}/data.json`).map((each) => [each.hexcode, each]));
  // In the order of the emoji: the name, then what else it is found by.
  const names = all.map(({ hexcode }) => {
    const { label, tags = [] } = byHexcode.get(hexcode);
    const others = tags.filter((tag) => !label.includes(tag));
    return others.length === 0 ? label : `${label}|${others.join(',')}`;
  });
  write(`names.${name}.json`, names);
}
console.warn(`${all.length} emoji`);
