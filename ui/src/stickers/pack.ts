/**
 * Tidings' own stickers: Pip, a small bird that carries tidings. Behind them are TIM's face messages, `{ index, data }`, with
 * `data: 'tidings/NAME'`. Names and numbers are for ever: old messages hold them.
 */

export interface Sticker {
  /** The `index` of its face message. */
  index: number;
  name: string;
  /** What it is called. */
  en: string;
  'zh-CN': string;
  url: string;
}

const PREFIX = 'tidings/';

const urls: Record<string, string> = import.meta.glob('./pack/*.svg', {
  query: '?url',
  import: 'default',
  eager: true,
});

const names: readonly [name: string, en: string, zh: string][] = [
  ['hello', 'Hello', '你好'],
  ['yes', 'Yes', '好的'],
  ['no', 'No', '不行'],
  ['thanks', 'Thank you', '谢谢'],
  ['love', 'Love', '爱你'],
  ['laugh', 'Laughing', '大笑'],
  ['sad', 'Sad', '难过'],
  ['angry', 'Angry', '生气'],
  ['surprised', 'Surprised', '惊讶'],
  ['sleep', 'Good night', '晚安'],
  ['think', 'Thinking', '想一想'],
  ['party', 'Hooray', '庆祝'],
  ['coffee', 'A break', '歇一会儿'],
  ['letter', 'Tidings for you', '有消息'],
  ['rain', 'Rainy day', '下雨了'],
  ['hug', 'A hug', '抱抱'],
];

export const STICKERS: readonly Sticker[] = names.map(([name, en, zh], at) => ({
  index: at + 1,
  name,
  en,
  'zh-CN': zh,
  url: urls[`./pack/${name}.svg`] ?? '',
}));

const byData = new Map(STICKERS.map((each) => [dataOf(each), each]));

/** The `data` of a sticker's face message. */
export function dataOf({ name }: Pick<Sticker, 'name'>): string {
  return PREFIX + name;
}

/** The sticker that a face message's `data` names, if it is one of ours. */
export function stickerOf(data: unknown): Sticker | null {
  return typeof data === 'string' ? (byData.get(data) ?? null) : null;
}
