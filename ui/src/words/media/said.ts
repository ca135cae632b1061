/** The words of the screens for files, in the language of the moment. Read them as `said.caption`; they are reactive. */
import { spoken } from '../words.svelte';
import { en, type MediaWords } from './en';
import { zhCN } from './zh-CN';

export const said: MediaWords = new Proxy({} as MediaWords, {
  get: (_target, key) => (spoken.language === 'zh-CN' ? zhCN : en)[key as keyof MediaWords],
});
